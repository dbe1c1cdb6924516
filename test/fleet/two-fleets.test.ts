import { afterEach, expect, it } from 'vitest';
import { fleetAnswer } from '../../src/api/fleet-answer.js';
import { startTestBackend, type TestBackend } from '../helpers/backend.js';
import { parseExposition } from '../helpers/exposition.js';
import { json, latestOf, startStrangePeer } from '../helpers/strange-peer.js';
import { until } from '../helpers/until.js';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function backend(env: Record<string, string>): Promise<TestBackend> {
  const started = await startTestBackend(env);
  closing.push(() => started.close());
  return started;
}

/** A healthy backend of London's, whose fleet may change. */
async function london(fleet: () => string | undefined) {
  const peer = await startStrangePeer((res) =>
    json({ fleet: fleet(), ...latestOf('lhr', 12) })(res),
  );
  closing.push(peer.close);
  return peer;
}

const rowOf = async (it: TestBackend, region: string) =>
  fleetAnswer.parse((await it.get('/api/fleet')).body).rows.find((row) => row.region === region);

it('says its fleet in every answer, and in every series', async () => {
  const it = await backend({ FLEET: 'staging', FLY_REGION: 'iad' });
  for (const path of ['/api/info', '/api/health', '/api/latest', '/api/history', '/api/fleet']) {
    expect((await it.get(path)).body, path).toMatchObject({ fleet: 'staging', region: 'iad' });
  }
  expect(await rowOf(it, 'iad')).toMatchObject({ fleet: 'staging' });
  const series = parseExposition(await (await fetch(`${it.url}/metrics`)).text());
  expect(new Set(series.map(({ labels }) => labels.fleet))).toEqual(new Set(['staging']));
});

it('does not rank a peer of another fleet, and says what is wrong with it', async () => {
  let fleet: string | undefined = 'production';
  const peer = await london(() => fleet);
  const it = await backend({ FLEET: 'production', FLY_REGION: 'iad', PEERS: `lhr=${peer.origin}` });
  await until(async () => (await rowOf(it, 'lhr'))?.rank === 1);
  expect(await rowOf(it, 'lhr')).toMatchObject({ fleet: 'production', state: 'ok' });

  fleet = 'staging';
  const other = await until(async () => {
    const row = await rowOf(it, 'lhr');
    return row?.rank === null && row;
  });
  expect(other).toMatchObject({ state: 'unreachable', read_p50_ms: null, fleet: null });
  expect(other.error).toBe(
    'it belongs to the fleet "staging", and this backend to "production": two fleets in one list of peers',
  );
  expect((await it.get('/api/fleet/history?region=lhr')).status).toBe(502);
});

it('ranks a peer that is older than fleets and says none', async () => {
  const peer = await london(() => undefined);
  const it = await backend({ FLEET: 'production', FLY_REGION: 'iad', PEERS: `lhr=${peer.origin}` });
  await until(async () => (await rowOf(it, 'lhr'))?.rank === 1);
  expect(await rowOf(it, 'lhr')).toMatchObject({ fleet: null, state: 'ok' });
});
