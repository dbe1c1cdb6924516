/**
 * What the relay measured of one exchange: the client's request and the server's answer to it. The
 * three add up to the time from the request's arrival at the relay to the answer's departure from it.
 */
export interface Exchange {
  /** Whatever `label` made of the request's first bytes. */
  readonly label: string;
  /** Arrival of the request → its last byte was passed on. */
  readonly upMs: number;
  /** The request was passed on → the answer's last byte arrived: the server's own time. */
  readonly serverMs: number;
  /** Arrival of the answer → its last byte was passed on. */
  readonly downMs: number;
}

interface Times {
  readonly label: string;
  readonly requestArrivedAt: number;
  requestPassedAt: number;
  answerArrivedAt: number;
  answerPassedAt: number;
}

/** So that a lab that runs for days does not grow. */
const KEPT_EXCHANGES = 10_000;

/** Keeps the exchanges of all of a relay's connections, the oldest first. */
export function createExchangeLog(label: (request: Buffer) => string) {
  let log: Times[] = [];
  return {
    /**
     * The observer of one connection. It suits a protocol in which the client waits for its answer
     * before it asks again; requests sent ahead of their answers count as one.
     */
    observe() {
      let open: Times | undefined;
      return {
        requestArrived(bytes: Buffer) {
          if (open !== undefined && Number.isNaN(open.answerArrivedAt)) return;
          open = {
            label: label(bytes),
            requestArrivedAt: performance.now(),
            requestPassedAt: NaN,
            answerArrivedAt: NaN,
            answerPassedAt: NaN,
          };
          log.push(open);
          if (log.length > KEPT_EXCHANGES) log.shift();
        },
        requestPassed() {
          if (open !== undefined) open.requestPassedAt = performance.now();
        },
        answerArrived() {
          if (open !== undefined) open.answerArrivedAt = performance.now();
        },
        answerPassed() {
          if (open !== undefined) open.answerPassedAt = performance.now();
        },
      };
    },
    /** Those that are complete. */
    list(): Exchange[] {
      return log
        .map((times) => ({
          label: times.label,
          upMs: times.requestPassedAt - times.requestArrivedAt,
          serverMs: times.answerArrivedAt - times.requestPassedAt,
          downMs: times.answerPassedAt - times.answerArrivedAt,
        }))
        .filter(({ upMs, serverMs, downMs }) => Number.isFinite(upMs + serverMs + downMs));
    },
    clear() {
      log = [];
    },
  };
}

export type ExchangeLog = ReturnType<typeof createExchangeLog>;
