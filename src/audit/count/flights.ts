import { newFlight, type Flight, type Operation } from './flight.js';
import { CLIENT, SERVER } from './message-types.js';

/** Counts the round trips of one connection. */
export interface FlightCounter {
  client(type: number, at: number, operation: Operation | null): void;
  /** `status`: of ReadyForQuery. */
  server(type: number, at: number, status: number): void;
  /** The server says that application_name is another one now. */
  renamed(applicationName: string): void;
}

/** What ends the server's answer to a message. */
interface Expected {
  readonly reply: 'parse' | 'bind' | 'close' | 'row' | 'done' | 'flush' | 'sync' | 'query';
  /** null: a COPY whose end has not been sent. */
  flight: Flight | null;
}

interface State {
  readonly expected: Expected[];
  readonly onFlight: (flight: Flight) => void;
  current: Flight | null;
  /** The deepest flight whose answer the client has had in full. */
  seenDepth: number;
  /** After an error the server ignores everything up to the next Sync. */
  isSkipping: boolean;
  /** The kind of query whose COPY takes data. */
  copyIn: 'simple' | 'extended' | null;
  /** Replication: from here on nobody waits for anybody. */
  isStreaming: boolean;
}

const IDLE = 0x49;

/**
 * Counts by the order of the messages, after the login. A message belongs to the flight after the last one whose answer
 * the client had in full, so that messages sent ahead of their answers are one flight, also in a window that slides. An
 * answer is full at ReadyForQuery, at CopyInResponse, and where all has come that a Flush asked for. Calls back for each
 * flight, in order, when its last answer has come.
 */
export function createFlightCounter(onFlight: (flight: Flight) => void): FlightCounter {
  const state: State = {
    expected: [],
    onFlight,
    current: null,
    seenDepth: 0,
    isSkipping: false,
    copyIn: null,
    isStreaming: false,
  };
  return {
    client(type, at, operation) {
      if (!state.isStreaming) hearClient(state, type, at, operation);
    },
    server(type, at, status) {
      if (!state.isStreaming) hearServer(state, type, at, status);
    },
    renamed(applicationName) {
      const flight = state.expected[0]?.flight ?? state.current;
      if (flight !== null) flight.applicationName = applicationName;
    },
  };
}

const REPLIES: Readonly<Record<number, Expected['reply']>> = {
  [CLIENT.parse]: 'parse',
  [CLIENT.bind]: 'bind',
  [CLIENT.describe]: 'row',
  [CLIENT.execute]: 'done',
  [CLIENT.close]: 'close',
};

function hearClient(state: State, type: number, at: number, operation: Operation | null): void {
  switch (type) {
    case CLIENT.terminate:
    case CLIENT.password:
      return;
    case CLIENT.copyData:
      if (state.copyIn !== null) flightAt(state, at);
      return;
    case CLIENT.copyDone:
    case CLIENT.copyFail:
      endCopyIn(state, at);
      return;
    case CLIENT.sync:
    case CLIENT.flush:
      // The server ignores both while a COPY takes data.
      if (state.copyIn === null) demandAnswer(state, type, at);
      return;
    default: {
      const flight = flightAt(state, at);
      if (operation !== null) flight.operations.push(operation);
      const reply = REPLIES[type];
      if (reply === undefined) {
        demand(flight, at);
        state.expected.push({ reply: 'query', flight });
      } else if (!state.isSkipping) state.expected.push({ reply, flight });
    }
  }
}

function demandAnswer(state: State, type: number, at: number): void {
  if (type === CLIENT.flush) {
    // With nothing before it the server has nothing to say, and nobody waits.
    if (state.expected.length === 0) return;
    const flight = flightAt(state, at);
    demand(flight, at);
    state.expected.push({ reply: 'flush', flight });
    return;
  }
  const flight = flightAt(state, at);
  state.isSkipping = false;
  demand(flight, at);
  state.expected.push({ reply: 'sync', flight });
}

function flightAt(state: State, at: number): Flight {
  if (state.current === null || state.current.depth <= state.seenDepth) {
    state.current = newFlight(state.seenDepth + 1, at);
  }
  return state.current;
}

function demand(flight: Flight, at: number): void {
  if (Number.isNaN(flight.demandedAt)) flight.demandedAt = at;
  flight.pending += 1;
}

function answer(state: State, flight: Flight, at: number): void {
  flight.pending -= 1;
  flight.answeredAt = at;
  state.seenDepth = Math.max(state.seenDepth, flight.depth);
  if (flight.pending === 0) state.onFlight(flight);
}

function hearServer(state: State, type: number, at: number, status: number): void {
  switch (type) {
    case SERVER.parseComplete: {
      answered(state, 'parse', at);
      return;
    }
    case SERVER.bindComplete: {
      answered(state, 'bind', at);
      return;
    }
    case SERVER.closeComplete: {
      answered(state, 'close', at);
      return;
    }
    case SERVER.rowDescription:
    case SERVER.noData: {
      answered(state, 'row', at);
      return;
    }
    case SERVER.commandComplete:
    case SERVER.emptyQuery:
    case SERVER.portalSuspended: {
      answered(state, 'done', at);
      return;
    }
    case SERVER.error: {
      failed(state, at);
      return;
    }
    case SERVER.ready: {
      ready(state, at, status);
      return;
    }
    case SERVER.copyIn: {
      beginCopyIn(state, at);
      return;
    }
    case SERVER.copyBoth:
      state.isStreaming = true;
  }
}

function answered(state: State, reply: Expected['reply'], at: number): void {
  if (state.expected[0]?.reply !== reply) return;
  state.expected.shift();
  answerFlushes(state, at);
}

/** What a Flush asked for is complete when nothing before it is expected any more. */
function answerFlushes(state: State, at: number): void {
  for (let head = state.expected[0]; head?.reply === 'flush'; head = state.expected[0]) {
    state.expected.shift();
    if (head.flight !== null) answer(state, head.flight, at);
  }
}

function endsSegment({ reply }: Expected): boolean {
  return reply === 'sync' || reply === 'query';
}

function failed(state: State, at: number): void {
  const { expected } = state;
  state.copyIn = null;
  const concerned = expected[0]?.flight ?? state.current;
  if (concerned !== null) concerned.hasFailed = true;
  for (let head = expected[0]; head !== undefined && !endsSegment(head); head = expected[0]) {
    expected.shift();
    if (head.reply === 'flush' && head.flight !== null) answer(state, head.flight, at);
  }
  state.isSkipping = expected.length === 0;
}

function ready(state: State, at: number, status: number): void {
  const { expected } = state;
  state.isSkipping = false;
  state.copyIn = null;
  let end = expected.shift();
  while (end !== undefined && !endsSegment(end)) end = expected.shift();
  if (end === undefined) return;
  if (end.flight !== null) {
    end.flight.isIdleAfter = status === IDLE;
    answer(state, end.flight, at);
  } else if (state.current !== null && state.current.depth > state.seenDepth) {
    // A COPY that failed before its end was sent: the data was the last that the client sent.
    demand(state.current, state.current.startedAt);
    state.current.isIdleAfter = status === IDLE;
    answer(state, state.current, at);
  }
  answerFlushes(state, at);
}

function beginCopyIn(state: State, at: number): void {
  const { expected } = state;
  const [head] = expected;
  if (head === undefined || head.flight === null) return;
  const { flight } = head;
  if (head.reply === 'query') {
    state.copyIn = 'simple';
    head.flight = null;
  } else {
    state.copyIn = 'extended';
    // The server ignores the Sync that it gets while it waits for data: the client sends another one.
    const next = expected.findIndex(({ reply }) => reply === 'sync' || reply === 'flush');
    if (next === -1) return;
    expected.splice(next, 1);
  }
  answer(state, flight, at);
}

function endCopyIn(state: State, at: number): void {
  if (state.copyIn === null) return;
  const flight = flightAt(state, at);
  flight.operations.push({ kind: 'copy', statement: null, tag: null });
  const [head] = state.expected;
  if (state.copyIn === 'simple' && head !== undefined) {
    head.flight = flight;
    demand(flight, at);
  }
  state.copyIn = null;
}
