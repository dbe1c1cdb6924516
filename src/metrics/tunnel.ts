import { gauge } from './instruments.js';
import { METRICS } from './names.js';
import type { Registry } from './registry.js';

/** What is known of the tunnel. */
export interface Tunnel {
  /** Unix seconds; null: there never was a handshake. */
  readonly lastHandshakeS: number | null;
  readonly receiveBytes: number;
  readonly transmitBytes: number;
}

/** The tunnel's state now; null when it is not known. */
export type ReadTunnel = () => Promise<Tunnel | null>;

/** Adds the tunnel's metrics, read anew at each scrape. What is not known is absent, never 0. */
export function exportTunnel(registry: Registry, read: ReadTunnel): void {
  const metrics = [
    [METRICS.tunnelLastHandshake, ({ lastHandshakeS }: Tunnel) => lastHandshakeS],
    [METRICS.tunnelReceiveBytes, ({ receiveBytes }: Tunnel) => receiveBytes],
    [METRICS.tunnelTransmitBytes, ({ transmitBytes }: Tunnel) => transmitBytes],
  ] as const;
  const gauges = metrics.map(([metric, valueOf]) => ({ ...gauge(registry, metric), valueOf }));
  registry.beforeRender(async () => {
    const tunnel = await read();
    for (const { set, remove, valueOf } of gauges) {
      const value = tunnel && valueOf(tunnel);
      if (value === null) remove({});
      else set({}, value);
    }
  });
}
