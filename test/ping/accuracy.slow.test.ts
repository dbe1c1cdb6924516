import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { comparePing } from '../../benchmarks/wire/ping.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/lab/embedded-postgres.js';
import { startRelay, type Relay } from '../../src/lab/relay.js';
import { summarise } from '../../src/probe/results/statistics.js';
import { requireTool } from '../helpers/tools.js';

/** As in bench:accuracy. */
const MAX_ERROR_MS = { loopback: 0.2, distance: 0.35 };
const ROUNDS = 40;

let server: EmbeddedPostgres;
let relay: Relay;

beforeAll(async () => {
  server = await startEmbeddedPostgres({ hba: ['host all all 127.0.0.1/32 trust'] });
  relay = await startRelay({ upstream: server, rttMs: 86, jitterMs: 0.86 });
});
afterAll(async () => {
  await relay.close();
  await server.dispose();
});

beforeEach((context) => {
  requireTool(context, 'tcpdump', 'apt-get install tcpdump');
  if (process.getuid?.() !== 0) context.skip('only root may capture packets');
});

test.each([
  ['on the loopback', () => server.port, MAX_ERROR_MS.loopback],
  ['86 ms away', () => relay.port, MAX_ERROR_MS.distance],
])(
  'what `pglatency ping` says is what the packets say, %s',
  async (_, port, limitMs) => {
    const { host, user, password } = server;
    const still = () => undefined;
    const place = { host, port: port(), user, password, arrive: still, leave: still };
    const { saidMs, wireMs } = await comparePing(place, ROUNDS);
    expect(saidMs).toHaveLength(ROUNDS);
    const errors = summarise(saidMs.map((ms, i) => ms - (wireMs[i] ?? NaN)));
    expect(Math.abs(errors.p50 ?? NaN)).toBeLessThanOrEqual(limitMs);
    // The packets are the shorter side, but for the clocks' resolution.
    expect(errors.min).toBeGreaterThan(-0.05);
  },
  60_000,
);
