import { expect, test } from 'vitest';
import { startTestBackend } from '../helpers/backend.js';
import { json, latestOf, startStrangePeer } from '../helpers/strange-peer.js';

test('a peer without a region does not take the place of one with it', async () => {
  const honest = await startStrangePeer(json(latestOf('nrt', 200)));
  const liar = await startStrangePeer(json(latestOf('nrt', 1)));
  const free = await startStrangePeer(json(latestOf('syd', 250)));
  const backend = await startTestBackend({
    FLY_REGION: 'lhr',
    PEERS: `nrt=${honest.origin},${liar.origin},${free.origin}`,
  });
  try {
    const { body } = await backend.get<{
      rows: { region: string; read_p50_ms: number | null; error: string | null }[];
    }>('/api/fleet');
    const of = (region: string) => body.rows.filter((row) => row.region === region);
    expect(of('nrt').map(({ read_p50_ms }) => read_p50_ms)).toEqual([200]);
    expect(of('syd').map(({ read_p50_ms }) => read_p50_ms)).toEqual([250]);
    const [refused] = of(new URL(liar.origin).host);
    expect(refused).toMatchObject({ read_p50_ms: null });
    expect(refused?.error).toContain('it says that it is "nrt", which another peer is');
  } finally {
    await backend.close();
    for (const peer of [honest, liar, free]) await peer.close();
  }
});
