import { Counter, Gauge, type Registry } from 'prom-client';
import { METRICS } from './names.js';

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
    [Gauge, METRICS.tunnelLastHandshake, ({ lastHandshakeS }: Tunnel) => lastHandshakeS],
    [Counter, METRICS.tunnelReceiveBytes, ({ receiveBytes }: Tunnel) => receiveBytes],
    [Counter, METRICS.tunnelTransmitBytes, ({ transmitBytes }: Tunnel) => transmitBytes],
  ] as const;
  for (const [Metric, { name, help }, valueOf] of metrics) {
    new Metric({
      name,
      help,
      registers: [registry],
      async collect() {
        const tunnel = await read();
        const value = tunnel && valueOf(tunnel);
        this.remove();
        if (value !== null) this.inc(value);
      },
    });
  }
}
