import { getPriority, setPriority } from 'node:os';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { comparePing } from '../../benchmarks/wire/ping.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/lab/embedded-postgres.js';
import { startRelay, type Relay } from '../../src/lab/relay.js';
import { summarise } from '../../src/probe/results/statistics.js';
import { requireTool } from '../helpers/tools.js';

/**
 * As in bench:accuracy, which goes first as well: waiting for a processor is no error of ours. The bench also compares
 * on the loopback, where a busy machine is most of the difference.
 */
const MAX_ERROR_MS = 0.35;
const ROUNDS = 40;

const OWN_PRIORITY = getPriority();

let server: EmbeddedPostgres;
let relay: Relay;

beforeAll(async () => {
  server = await startEmbeddedPostgres({ hba: ['host all all 127.0.0.1/32 trust'] });
  relay = await startRelay({ upstream: server, rttMs: 86, jitterMs: 0.86 });
});
afterAll(async () => {
  if (process.getuid?.() === 0) setPriority(OWN_PRIORITY);
  await relay.close();
  await server.dispose();
});

beforeEach((context) => {
  requireTool(context, 'tcpdump', 'apt-get install tcpdump');
  if (process.getuid?.() !== 0) context.skip('only root may capture packets');
  setPriority(-10);
});

test(
  'what `pglatency ping` says is what the packets say, 86 ms away',
  { retry: 2, timeout: 60_000 },
  async () => {
    const { host, user, password } = server;
    const still = () => undefined;
    const place = { host, port: relay.port, user, password, arrive: still, leave: still };
    const { saidMs, wireMs } = await comparePing(place, ROUNDS);
    expect(saidMs).toHaveLength(ROUNDS);
    const errors = summarise(saidMs.map((ms, i) => ms - (wireMs[i] ?? NaN)));
    expect(Math.abs(errors.p50 ?? NaN)).toBeLessThanOrEqual(MAX_ERROR_MS);
    // The packets are the shorter side, but for the clocks' resolution.
    expect(errors.min).toBeGreaterThan(-0.05);
  },
);
