import { createFramer } from './framer.js';
import type { Flight, Operation } from './flight.js';
import { createFlightCounter } from './flights.js';
import { CLIENT, SERVER } from './message-types.js';
import type { Statements, TaggedStatement } from './statements.js';

/** What is seen of one connection. */
export interface Trace {
  /** Bytes after the startup packet, when they have been passed on. */
  client(chunk: Buffer, at: number): void;
  server(chunk: Buffer, at: number): void;
  /** Round trips up to the first ReadyForQuery; null: it has not come. */
  readonly loginTrips: number | null;
  /** The protocol was not understood: what followed is not counted. */
  readonly isLost: boolean;
}

export interface TraceEvents {
  onLogin(trips: number, at: number): void;
  onFlight(flight: Flight): void;
}

/** Of a statement's text. */
export const MAX_SQL_BYTES = 1_048_576;
/** Names of statements and portals, which a driver makes. */
const NAME_BYTES = 512;
const SETTING_BYTES = 256;
/** A client that never closes what it prepares must not make this process grow. */
const MAX_NAMES = 20_000;

const CLIENT_KEEP: Readonly<Record<number, number>> = {
  [CLIENT.query]: MAX_SQL_BYTES,
  [CLIENT.parse]: MAX_SQL_BYTES,
  [CLIENT.bind]: NAME_BYTES,
  [CLIENT.execute]: NAME_BYTES,
  [CLIENT.close]: NAME_BYTES,
};
const SERVER_KEEP: Readonly<Record<number, number>> = {
  [SERVER.ready]: 1,
  [SERVER.setting]: SETTING_BYTES,
  [SERVER.authentication]: 4,
};
const NAME = 'application_name\0';
type MaybeStatement = TaggedStatement | { readonly statement: null; readonly tag: null };
const NO_STATEMENT: MaybeStatement = { statement: null, tag: null };
/** In Close: of a statement, and not of a portal. */
const STATEMENT = 0x53;

/** Follows both directions of a connection. It only looks: nothing waits for it. */
export function createTrace(statements: Statements, events: TraceEvents): Trace {
  let now = 0;
  let loginTrips = 1;
  let isLoggedIn = false;
  let loginName: string | null = null;
  const reader = createOperationReader(statements);
  const flights = createFlightCounter(events.onFlight);

  const fromClient = createFramer(
    (type) => CLIENT_KEEP[type] ?? 0,
    (type, body) => {
      if (isLoggedIn) flights.client(type, now, reader.read(type, body));
      // A password, or a step of SASL or GSSAPI: the client has waited for the server to ask for it.
      else if (type === CLIENT.password) loginTrips += 1;
    },
  );
  const noteSetting = (body: Buffer) => {
    const text = body.toString('utf8');
    if (!text.startsWith(NAME)) return;
    const [name = ''] = text.slice(NAME.length).split('\0');
    if (!isLoggedIn) loginName = name;
    else flights.renamed(name === loginName ? '' : name);
  };
  const fromServer = createFramer(
    (type) => SERVER_KEEP[type] ?? 0,
    (type, body) => {
      if (type === SERVER.setting) noteSetting(body);
      else if (isLoggedIn) flights.server(type, now, body[0] ?? 0);
      else if (type === SERVER.ready) {
        isLoggedIn = true;
        events.onLogin(loginTrips, now);
      }
    },
  );
  return {
    client(chunk, at) {
      now = at;
      fromClient.push(chunk);
    },
    server(chunk, at) {
      now = at;
      fromServer.push(chunk);
    },
    get loginTrips() {
      return isLoggedIn ? loginTrips : null;
    },
    get isLost() {
      return fromClient.isBroken || fromServer.isBroken;
    },
  };
}

/** Knows which statement a prepared statement's name and a portal's name stand for. */
function createOperationReader(statements: Statements) {
  const prepared = new Map<string, MaybeStatement>();
  const portals = new Map<string, MaybeStatement>();
  const statementOf = (text: Buffer, isWhole: boolean): TaggedStatement =>
    isWhole ? statements.of(text) : { statement: statements.tooLong, tag: null };

  const readParse = (body: Buffer): Operation => {
    const nameEnd = body.indexOf(0);
    const textEnd = body.indexOf(0, nameEnd + 1);
    const text = body.subarray(nameEnd + 1, Math.max(textEnd, nameEnd + 1));
    const tagged = statementOf(text, textEnd !== -1);
    // The request's identity is that of the request that prepared it.
    const { statement, tag } = tagged;
    const later = { statement, tag: tag === null ? null : { ...tag, trace: null } };
    if (prepared.size < MAX_NAMES) prepared.set(nameAt(body, 0), later);
    return { kind: 'parse', ...tagged };
  };
  const readBind = (body: Buffer): Operation => {
    const portal = nameAt(body, 0);
    const found = prepared.get(nameAt(body, portal.length + 1)) ?? NO_STATEMENT;
    if (portals.size < MAX_NAMES) portals.set(portal, found);
    return { kind: 'bind', ...found };
  };
  return {
    read(type: number, body: Buffer): Operation | null {
      switch (type) {
        case CLIENT.query: {
          const end = body.indexOf(0);
          return { kind: 'query', ...statementOf(body.subarray(0, Math.max(0, end)), end !== -1) };
        }
        case CLIENT.parse:
          return readParse(body);
        case CLIENT.bind:
          return readBind(body);
        case CLIENT.execute:
          return { kind: 'execute', ...(portals.get(nameAt(body, 0)) ?? NO_STATEMENT) };
        case CLIENT.close: {
          const isStatement = body[0] === STATEMENT;
          (isStatement ? prepared : portals).delete(nameAt(body, 1));
          return { kind: 'close', ...NO_STATEMENT };
        }
        case CLIENT.describe:
          return { kind: 'describe', ...NO_STATEMENT };
        case CLIENT.functionCall:
          return { kind: 'call', ...NO_STATEMENT };
        default:
          return null;
      }
    },
  };
}

/** Up to the NUL; one byte a character. */
function nameAt(body: Buffer, at: number): string {
  const end = body.indexOf(0, at);
  return body.toString('latin1', at, end === -1 ? body.length : end);
}
