import { FAILURE_REASONS, type FailureReason } from '../probe/results/result.js';

/** What to say of a failure where the server's own message may hold something private. */
const WORDS: Readonly<Record<FailureReason, string>> = {
  timeout: 'no answer in time',
  refused: 'the connection was refused',
  unreachable: 'the database cannot be reached',
  dns: "the database's name was not found",
  tls: 'TLS failed',
  auth: 'the login was refused',
  missing_database: 'the database does not exist',
  too_many_connections: 'there is no free connection',
  out_of_resources: 'the server is out of memory or of another resource',
  disk_full: "the server's disk is full",
  read_only: 'the server takes no writes',
  terminated: 'the connection was closed',
  lock_timeout: 'a lock was not free in time',
  conflict: 'the server ended it because of another statement',
  missing_table: 'the table does not exist',
  permission: 'the role lacks a right',
  sql: 'the server refused the statement',
  protocol: "this is not PostgreSQL's protocol",
  internal: 'pglatency itself failed',
};

/** What only this project says, word for word. */
const OWN_WORDS = [
  /^no answer within \d+ ms$/,
  /^more than \d+ MiB of rows; select fewer columns, or add a LIMIT$/,
];

/**
 * The same answer with our words in the place of every server's message: beside a `reason`, what is called
 * `message` or `error`.
 */
export function inPublicWords<T>(answer: T): T {
  if (Array.isArray(answer)) {
    const items = answer as unknown[];
    return items.map((it) => inPublicWords(it)) as T;
  }
  if (typeof answer !== 'object' || answer === null) return answer;
  const entries = Object.entries(answer as Record<string, unknown>).map(([key, value]) => [
    key,
    inPublicWords(value),
  ]);
  const said = Object.fromEntries(entries) as Record<string, unknown>;
  const { reason } = said;
  if (!isReason(reason)) return said as T;
  for (const key of ['message', 'error']) {
    const text = said[key];
    if (typeof text !== 'string' || OWN_WORDS.some((words) => words.test(text))) continue;
    said[key] = WORDS[reason];
  }
  return said as T;
}

function isReason(value: unknown): value is FailureReason {
  return (FAILURE_REASONS as readonly unknown[]).includes(value);
}
