import type { Reader } from './connection-hosts.js';
import { SESSION_ATTRIBUTES, type Target, type TargetMode } from './target.js';

/** Of a target that is written to. */
const WRITABLE: ReadonlySet<string> = new Set(['any', 'read-write', 'primary']);

const SECOND_MS = 1_000;

type Search = Pick<Target, 'sessionAttributes' | 'isLoadBalanced' | 'connectTimeoutMs'>;

/** What decides which of several servers is taken, and how long each may take. */
export function searchOf({ value, complain }: Reader, mode: TargetMode): Search {
  const text = value('target_session_attrs');
  const attributes = SESSION_ATTRIBUTES.find((known) => known === text);
  if (text !== undefined && attributes === undefined) {
    complain('target_session_attrs', `one of ${SESSION_ATTRIBUTES.join(', ')}`);
  } else if (attributes !== undefined && mode === 'read-write' && !WRITABLE.has(attributes)) {
    complain(
      'target_session_attrs',
      'any, read-write or primary; for a standby list it in TARGETS_FILE, as a target with mode: read-only',
    );
  }
  const timeoutS = Number(value('connect_timeout') ?? 0);
  return {
    ...(attributes !== undefined && attributes !== 'any' && { sessionAttributes: attributes }),
    ...(value('load_balance_hosts') === 'random' && { isLoadBalanced: true }),
    // In libpq 0 and less are no limit.
    ...(timeoutS > 0 && { connectTimeoutMs: timeoutS * SECOND_MS }),
  };
}
