import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface StrangePeer {
  readonly origin: string;
  /** Every request that came, with its headers. */
  readonly requests: { url: string; headers: IncomingMessage['headers'] }[];
  close(): Promise<void>;
}

/** A real HTTP server on the loopback that answers as the test wants. */
export async function startStrangePeer(
  answer: (res: ServerResponse, req: IncomingMessage) => void,
): Promise<StrangePeer> {
  const requests: StrangePeer['requests'] = [];
  const server = createServer((req, res) => {
    requests.push({ url: req.url ?? '', headers: req.headers });
    answer(res, req);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** What a healthy backend answers on /api/latest, `readMs` away from its database. */
export function latestOf(region: string, readMs: number, ageMs = 1_000) {
  const summary = (ms: number) => ({
    count: 10,
    min_ms: ms,
    avg_ms: ms,
    max_ms: ms,
    p50_ms: ms,
    p95_ms: ms,
    p99_ms: ms,
    stddev_ms: 0,
    failures: [],
  });
  const now = Date.now();
  return {
    region,
    city: `City of ${region}`,
    country: null,
    flag: '',
    schedule: '* * * * * *',
    interval_s: 60,
    next_run: null,
    timestamp: new Date(now).toISOString(),
    runs: [
      {
        target: 'primary',
        db_host: 'db.example',
        trigger: 'schedule',
        outcome: 'success',
        iterations: 10,
        timestamp: new Date(now - ageMs).toISOString(),
        duration_ms: 10,
        table_rows: 0,
        operations: {
          connect: summary(readMs * 5),
          ping: summary(readMs),
          select: summary(readMs),
          insert: summary(readMs + 1),
        },
      },
    ],
  };
}

export const json = (body: unknown) => (res: ServerResponse) => {
  res.setHeader('Content-Type', 'application/json; charset=utf-8').end(JSON.stringify(body));
};
