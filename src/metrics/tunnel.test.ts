import { describe, expect, it } from 'vitest';
import { createRegistry } from './registry.js';
import { exportTunnel, type Tunnel } from './tunnel.js';

/** The exposition's sample lines, for what the tunnel says at each scrape. */
async function scrape(...states: (Tunnel | null)[]): Promise<string[]> {
  const registry = createRegistry({ region: 'lhr' });
  let now = null as Tunnel | null;
  exportTunnel(registry, () => Promise.resolve(now));
  let text = '';
  for (const state of states) {
    now = state;
    text = await registry.render();
  }
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

const tunnel = { lastHandshakeS: 1_700_000_000, receiveBytes: 300, transmitBytes: 200 };

describe("the tunnel's metrics", () => {
  it('say what the tunnel says now', async () => {
    expect(await scrape({ ...tunnel, receiveBytes: 100 }, tunnel)).toEqual([
      'pglatency_wireguard_last_handshake_timestamp_seconds{region="lhr"} 1700000000',
      'pglatency_wireguard_receive_bytes_total{region="lhr"} 300',
      'pglatency_wireguard_transmit_bytes_total{region="lhr"} 200',
    ]);
  });

  it('have no handshake where there never was one', async () => {
    expect(await scrape({ ...tunnel, lastHandshakeS: null })).toHaveLength(2);
  });

  it('are absent when nothing is known, also after it was', async () => {
    expect(await scrape(null)).toEqual([]);
    expect(await scrape(tunnel, null)).toEqual([]);
  });
});
