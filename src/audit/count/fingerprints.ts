import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { UNREAD, type Reading } from './statements.js';

/**
 * The thread's program: texts come in, what they are goes out. Only what a closed list knows of a text leaves the thread.
 * A text whose parse breaks WebAssembly itself (nesting) leaves it unusable: it is loaded again.
 */
const PROGRAM = `
const { parentPort, workerData } = require('node:worker_threads');
const libpg = require(workerData);
const TRANSACTION = {
  TRANS_STMT_BEGIN: ['BEGIN', 'begin'], TRANS_STMT_START: ['BEGIN', 'begin'],
  TRANS_STMT_COMMIT: ['COMMIT', 'end'], TRANS_STMT_ROLLBACK: ['ROLLBACK', 'end'],
  TRANS_STMT_SAVEPOINT: ['SAVEPOINT', 'savepoint'], TRANS_STMT_RELEASE: ['RELEASE', 'savepoint'],
  TRANS_STMT_ROLLBACK_TO: ['ROLLBACK TO', 'savepoint'],
};
const KINDS = {
  SelectStmt: ['SELECT', 'work'], InsertStmt: ['INSERT', 'work'], UpdateStmt: ['UPDATE', 'work'],
  DeleteStmt: ['DELETE', 'work'], MergeStmt: ['MERGE', 'work'], CopyStmt: ['COPY', 'work'],
  CallStmt: ['CALL', 'work'], DoStmt: ['DO', 'work'], ExecuteStmt: ['EXECUTE', 'work'],
  ExplainStmt: ['EXPLAIN', 'work'], NotifyStmt: ['NOTIFY', 'work'], ListenStmt: ['LISTEN', 'work'],
  UnlistenStmt: ['UNLISTEN', 'settings'], FetchStmt: ['FETCH', 'work'], LockStmt: ['LOCK', 'work'],
  DeclareCursorStmt: ['DECLARE', 'work'], ClosePortalStmt: ['CLOSE', 'close'],
  PrepareStmt: ['PREPARE', 'work'], DeallocateStmt: ['DEALLOCATE', 'close'],
  VariableSetStmt: ['SET', 'settings'], VariableShowStmt: ['SHOW', 'settings'],
  DiscardStmt: ['DISCARD', 'settings'], TruncateStmt: ['TRUNCATE', 'work'], CreateStmt: ['CREATE', 'work'],
  IndexStmt: ['CREATE INDEX', 'work'], ViewStmt: ['CREATE VIEW', 'work'], DropStmt: ['DROP', 'work'],
  CreateTableAsStmt: ['CREATE', 'work'], AlterTableStmt: ['ALTER', 'work'], GrantStmt: ['GRANT', 'work'],
  VacuumStmt: ['VACUUM', 'work'], RefreshMatViewStmt: ['REFRESH', 'work'],
};
const isPing = (select) => Object.keys(select).every((key) => ['targetList', 'limitOption', 'op'].includes(key)) &&
  select.targetList?.length === 1 && select.targetList[0].ResTarget?.val?.A_Const?.ival?.ival === 1;
const kindOf = (stmt) => {
  const [type, node] = Object.entries(stmt ?? {})[0] ?? ['', {}];
  if (type === 'TransactionStmt') return TRANSACTION[node.kind] ?? ['TRANSACTION', 'end'];
  if (type === 'SelectStmt' && isPing(node)) return ['SELECT', 'ping'];
  if (type === 'VariableSetStmt' && /^VAR_RESET/.test(node.kind)) return ['RESET', 'settings'];
  return KINDS[type] ?? ['OTHER', 'work'];
};
const read = (sql) => {
  try {
    const kinds = libpg.parseSync(sql).stmts.map(({ stmt }) => kindOf(stmt));
    // The driver's way to see whether somebody answers: nothing, or a semicolon.
    if (kinds.length === 0) return { fingerprint: null, verbs: ['EMPTY'], roles: ['ping'] };
    return { fingerprint: libpg.fingerprintSync(sql), verbs: kinds.map(([verb]) => verb), roles: kinds.map(([, role]) => role) };
  } catch {
    return null;
  }
};
const ready = libpg.loadModule();
parentPort.on('message', async (texts) => {
  await ready;
  parentPort.postMessage(texts.map(read));
});
`;

export interface Fingerprints {
  /** Parses a text some time later. */
  read(sql: string, done: (reading: Reading) => void): void;
  /** All that was given has been read, or given up. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** In a message to the thread. */
const BATCH = 200;
/** Texts that may wait; what comes beyond is not read, so that nothing grows. */
const MAX_WAITING = 20_000;
/** Far longer than any batch takes: without an answer by then, the thread is broken. */
const PATIENCE_MS = 20_000;

interface Waiting {
  readonly sql: string;
  readonly done: (reading: Reading) => void;
}

/** PostgreSQL's parser in a thread of its own, so that it holds up no query. */
export function createFingerprints(): Fingerprints {
  const parser = createRequire(import.meta.url).resolve('libpg-query');
  let waiting: Waiting[] = [];
  let underWay: Waiting[] = [];
  let worker: Worker | null = null;
  let impatience: NodeJS.Timeout | undefined;
  const settledCalls: (() => void)[] = [];

  const finish = (readings: readonly (Reading | null)[]) => {
    clearTimeout(impatience);
    underWay.forEach(({ done }, i) => done(readings[i] ?? UNREAD));
    underWay = [];
    next();
  };
  const give = () => {
    const broken = worker;
    worker = null;
    void broken?.terminate();
    finish([]);
  };
  const start = () => {
    const made = new Worker(PROGRAM, { eval: true, workerData: parser });
    made.unref();
    made.on('message', finish);
    made.on('error', () => {
      if (made === worker) give();
    });
    return made;
  };
  const next = () => {
    if (waiting.length === 0) {
      for (const call of settledCalls.splice(0)) call();
      return;
    }
    underWay = waiting.slice(0, BATCH);
    waiting = waiting.slice(BATCH);
    worker ??= start();
    worker.postMessage(underWay.map(({ sql }) => sql));
    impatience = setTimeout(give, PATIENCE_MS);
  };
  return {
    read(sql, done) {
      if (waiting.length >= MAX_WAITING) {
        done(UNREAD);
        return;
      }
      waiting.push({ sql, done });
      if (waiting.length === 1 && underWay.length === 0) setImmediate(next);
    },
    settled: () =>
      waiting.length === 0 && underWay.length === 0
        ? Promise.resolve()
        : new Promise((resolve) => settledCalls.push(resolve)),
    async close() {
      clearTimeout(impatience);
      await worker?.terminate();
    },
  };
}
