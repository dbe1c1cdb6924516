import pg from 'pg';
import type { Authentication } from '../../config/require-auth.js';
import type { Target } from '../../config/target.js';
import { ProbeError } from '../results/failure.js';
import type { ConnectionFacts, Failure } from '../results/result.js';
import { letGo, type Abandoned } from './let-go.js';
import type { ReportedSetting } from './messages.js';
import { sessionName } from './session-name.js';
import { ask, type Answer, type Statement } from './statement.js';
import type { Wire } from './wire.js';

/** An open connection to a target. */
export interface Connection {
  /** With the one host, of several, that it leads to. */
  readonly target: Target;
  readonly facts: ConnectionFacts;
  /** tcp + tls + startup, in milliseconds. */
  readonly connectMs: number;
  /** Addresses and hosts that failed before this one's answered. */
  readonly failedAttempts: readonly Failure[];
  /** A pooler refused a startup parameter, or the configuration says that there is one. */
  readonly isPooler: boolean;
  /** 170004 for 17.4; null where the server does not say. */
  readonly serverVersion: number | null;
  /** What the server has reported of a setting last; null: nothing. */
  setting(name: ReportedSetting): string | null;
  readonly authentication: Authentication;
  /** The number of the server's process, as the server or the pooler gave it; null: it gave none. */
  readonly processId: number | null;
  /** False once the server, the network or we have ended it. */
  isAlive(): boolean;
  /** Whether an answer is due. */
  isBusy(): boolean;
  /** Sends statements in one flight. @throws as statement.ts says. */
  ask(statements: readonly Statement[], options?: { dropRows?: boolean }): Promise<Answer>;
  /** Ends it in good order, or as let-go.ts says when an answer is still due. Never throws. */
  close(): Promise<void>;
}

/** How long a server may take to say goodbye, in milliseconds. */
const GOODBYE_MS = 1_000;

/** The server ends a statement before the client gives up on it. */
const SERVER_TIMEOUT_SHARE = 0.9;

/** The statement_timeout that belongs to a client's deadline, in milliseconds. */
export function serverTimeoutMs(timeoutMs: number): number {
  return Math.ceil(timeoutMs * SERVER_TIMEOUT_SHARE);
}

/** A password's key derivation runs at about this many rounds a millisecond; the deadline bounds it. */
const SCRAM_ITERATIONS_PER_MS = 1_000;

/**
 * The driver's client on a wire, with every field given: what is left out it would take from the
 * environment.
 */
export function createClient(
  target: Target,
  program: string,
  wire: Wire,
  { withSettings, password }: { withSettings: boolean; password: () => string },
): pg.Client {
  const client = new pg.Client({
    host: target.host,
    port: target.port,
    user: target.user,
    // A function, because the driver looks in PGPASSWORD and ~/.pgpass when there is no value.
    password,
    database: target.database,
    ssl: false,
    application_name: sessionName(program, target),
    options: target.startupOptions ?? '',
    enableChannelBinding: target.isBindingRequired === true,
    client_encoding: 'utf8',
    statement_timeout: withSettings ? serverTimeoutMs(target.operationTimeoutMs) : false,
    scramMaxIterations: target.operationTimeoutMs * SCRAM_ITERATIONS_PER_MS,
    stream: () => wire,
  } as unknown as pg.ClientConfig);
  // Without a listener, a backend that the server terminates would end this thread.
  client.on('error', () => undefined);
  return client;
}

export interface Opened extends Abandoned {
  readonly client: pg.Client;
  readonly wire: Wire;
  readonly facts: ConnectionFacts;
  readonly failedAttempts: readonly Failure[];
}

/** A session that has begun, as a connection that sees to its own end. */
export function toConnection(opened: Opened): Connection {
  const { client, wire, slot, facts, failedAttempts, isPooler } = opened;
  const { tcpMs, tlsMs, startupMs } = facts.phases;
  let isClosing = false;
  let isLettingGo = false;

  const letGoOf = () => {
    isLettingGo = true;
    return letGo({ ...opened, close: sayGoodbye });
  };
  /** Until the server closes it. */
  const sayGoodbye = async () => {
    isLettingGo = false;
    client.end().catch(() => undefined);
    await new Promise<void>((resolve) => {
      const impatience = setTimeout(() => wire.destroy(), GOODBYE_MS);
      wire.once('close', () => {
        clearTimeout(impatience);
        resolve();
      });
    });
  };
  wire.once('close', () => {
    if (isLettingGo) return;
    if (wire.isEndedByServer()) slot.release();
    else void letGoOf();
  });

  return {
    target: opened.target,
    facts,
    connectMs: tcpMs + (tlsMs ?? 0) + startupMs,
    failedAttempts,
    isPooler,
    serverVersion: versionOf(wire.guard.setting('server_version')),
    setting: (name) => wire.guard.setting(name),
    authentication: wire.guard.authentication() ?? 'none',
    processId: wire.guard.cancelKey()?.readInt32BE(0) ?? null,
    isAlive: () => !isClosing && wire.isOpen(),
    isBusy: () => wire.isOpen() && wire.isExpecting(),
    ask(statements, options) {
      if (isClosing || !wire.isOpen()) {
        return Promise.reject(
          wire.failure() ?? new ProbeError('terminated', 'the connection was closed'),
        );
      }
      return ask(client, wire, statements, options);
    },
    async close() {
      if (isClosing) return;
      isClosing = true;
      if (wire.isOpen()) await (wire.isExpecting() ? letGoOf() : sayGoodbye());
    },
  };
}

/** `16.4 (Debian …)` and `9.6.24` → 160004 and 90624, as libpq's PQserverVersion. */
function versionOf(text: string | null): number | null {
  const [, major, minor = '0', patch = '0'] =
    /^(\d{1,2})(?:\.(\d{1,2}))?(?:\.(\d{1,2}))?/.exec(text ?? '') ?? [];
  if (major === undefined) return null;
  const isOld = Number(major) < 10;
  return Number(major) * 10_000 + Number(minor) * (isOld ? 100 : 1) + (isOld ? Number(patch) : 0);
}
