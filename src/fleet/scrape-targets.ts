import type { ScrapeTargets } from '../api/scrape-targets.js';

export interface ScrapeSource {
  readonly fleet: string;
  /** Each backend once; the list may name this one too. */
  readonly peers: readonly {
    readonly region: string | null;
    readonly origin: string;
    readonly isSelf: boolean;
  }[];
  readonly self: {
    readonly region: string;
    /** `host:port` under which this backend was asked, which is a way to reach it; null: unknown. */
    readonly host: string | null;
  };
  /** Where /metrics has a port of its own; the peers are taken to be configured alike. */
  readonly metricsPort: number | null;
}

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };

/** The fleet as Prometheus's service discovery reads it: each peer, and this backend where no peer is it. */
export function toScrapeTargets({ fleet, peers, self, metricsPort }: ScrapeSource): ScrapeTargets {
  const own = self.host === null ? null : urlOf(`http://${self.host}`);
  const isListed = peers.some(({ isSelf, origin }) => isSelf || new URL(origin).host === own?.host);
  const group = (region: string | null, { protocol, hostname, port }: URL) => {
    const at = metricsPort ?? (port === '' ? DEFAULT_PORTS[protocol] : port);
    return groupAt(`${hostname}:${at}`, { fleet, region, protocol });
  };
  return [
    ...peers.map(({ region, origin }) => group(region, new URL(origin))),
    ...(own === null || isListed ? [] : [group(self.region, own)]),
  ];
}

function groupAt(
  address: string,
  { fleet, region, protocol }: { fleet: string; region: string | null; protocol: string },
) {
  return {
    targets: [address],
    labels: {
      fleet,
      ...(region !== null && { region }),
      ...(protocol === 'https:' && { __scheme__: 'https' }),
    },
  };
}

/** What a caller sent as its Host may be anything. */
function urlOf(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}
