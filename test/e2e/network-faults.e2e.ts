import { beforeAll, describe, expect, it } from 'vitest';
import { parseExposition } from '../helpers/exposition.js';
import { until } from '../helpers/until.js';
import { configureAgain, crashTunnel, firewall, pointName, tunnelUp } from './hub.js';
import { DATABASE, machineAddress } from './network.js';
import { HANDSHAKE, skipped, startTenRegions, type TenRegions } from './ten-regions.js';

const FAILURES = 'pglatency_operation_failures_total';

describe.skipIf(skipped)('ten regions, when something breaks', () => {
  let regions: TenRegions;
  beforeAll(async () => {
    regions = await startTenRegions();
    return regions.stop;
  });

  const failures = async (code: string) => (await regions.region(code).metric(FAILURES)) ?? NaN;

  /** Of one answer: the counts go on rising between two. */
  const failuresByReason = async (code: string) => {
    const counts = new Map<string, number>();
    const metrics = (await regions.region(code).get('/metrics')) ?? '';
    for (const { name, labels, value } of parseExposition(metrics)) {
      const { reason } = labels;
      if (name !== FAILURES || reason === undefined || value === 0) continue;
      counts.set(reason, (counts.get(reason) ?? 0) + value);
    }
    return Object.fromEntries(counts);
  };

  it('a cut tunnel: timeouts, a living API, an ageing handshake; and then the next run succeeds', async () => {
    const lhr = regions.region('lhr');
    await lhr.nextSuccess(100_000);
    const before = await failures('lhr');
    regions.network.relay.cut(machineAddress('lhr'));
    const cutAt = Date.now();
    await until(async () => (await failures('lhr')) > before, {
      what: 'a failure',
      withinMs: 60_000,
      everyMs: 500,
    });
    const handshake = (await lhr.metric(HANDSHAKE)) ?? NaN;
    await until(
      async () => {
        expect(JSON.parse((await lhr.get('/api/info')) ?? '{}')).toMatchObject({ region: 'lhr' });
        return Date.now() - cutAt > 60_000;
      },
      { what: 'a minute', withinMs: 70_000, everyMs: 1_000 },
    );
    expect(await lhr.metric('pglatency_target_up')).toBe(0);
    expect(await lhr.metric(HANDSHAKE)).toBe(handshake);
    expect(Date.now() / 1_000 - handshake).toBeGreaterThan(59);
    const { timeout = 0, unreachable = 0, ...others } = await failuresByReason('lhr');
    expect(timeout + unreachable).toBeGreaterThan(0);
    expect(others).toEqual({});
    regions.network.relay.restore(machineAddress('lhr'));
    await lhr.nextSuccess(100_000);
    await until(async () => ((await lhr.metric(HANDSHAKE)) ?? 0) > handshake, {
      what: 'a new handshake',
      withinMs: 30_000,
      everyMs: 1_000,
    });
  });

  it('a hub that crashes, and one that is updated: every region comes back by itself', async () => {
    const { hub } = regions.network;
    const before = await firewall(hub);
    expect(before).toContain('-A PGLATENCY_FORWARD -i wg0 -j DROP');
    await crashTunnel(hub);
    await tunnelUp(hub);
    expect(await firewall(hub)).toBe(before);
    await configureAgain(hub);
    expect(await firewall(hub)).not.toContain('PGLATENCY');
    await tunnelUp(hub);
    expect(await firewall(hub)).toBe(before);
    await Promise.all(regions.all.map(({ nextSuccess }) => nextSuccess(120_000)));
  });

  it('a database that moves: the path follows within a minute', async () => {
    await regions.network.database.sh(`
        ip address del ${DATABASE.first}/24 dev eth0
        ip address add ${DATABASE.second}/24 dev eth0
        ip route replace default via 10.60.1.1`);
    const movedAt = Date.now();
    await pointName(regions.network.hub, DATABASE.second);
    await until(
      async () =>
        (await regions.region('lhr').get('/api/rds/health'))?.includes('"connected"') ?? false,
      { what: 'the new address', withinMs: 60_000, everyMs: 500 },
    );
    console.log(`the path followed in ${((Date.now() - movedAt) / 1_000).toFixed(1)} s`);
    await regions.region('lhr').nextSuccess(100_000);
  });
});
