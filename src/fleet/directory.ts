import { Resolver } from 'node:dns/promises';
import { messageOf } from '../errors.js';
import type { Peer, PeerSource } from '../peers.js';
import { findRegion } from '../regions.js';

/** Who the peers are. */
export interface Directory {
  /** Never rejects: while they cannot be looked up, those that were found before, and why. */
  peers(): Promise<{ readonly peers: readonly Peer[]; readonly error: string | null }>;
}

export interface DirectoryOptions {
  /** For peers of the DNS that name no port. */
  readonly defaultPort: number;
  /** Of name servers, `address:port`; default: the system's. */
  readonly servers?: readonly string[];
}

/** Machines come and go in minutes. */
const RENEW_AFTER_MS = 60_000;
const RETRY_AFTER_MS = 5_000;
const DNS_TIMEOUT_MS = 1_000;
const MAX_REGIONS = 100;

export function createDirectory(source: PeerSource, options: DirectoryOptions): Directory {
  if (source.kind === 'list') {
    const answer = Promise.resolve({ peers: source.peers, error: null });
    return { peers: () => answer };
  }
  const resolver = new Resolver({ timeout: DNS_TIMEOUT_MS, tries: 1 });
  if (options.servers !== undefined) resolver.setServers(options.servers);
  const port = source.port ?? options.defaultPort;
  let known: readonly Peer[] = [];
  let error: string | null = null;
  let renewAt = 0;
  let flight: Promise<void> | undefined;

  const renew = async () => {
    try {
      known = await lookUp(resolver, source.app, port);
      error = null;
      renewAt = performance.now() + RENEW_AFTER_MS;
    } catch (cause) {
      error = `${source.app}.internal could not be looked up: ${messageOf(cause)}`;
      renewAt = performance.now() + RETRY_AFTER_MS;
    } finally {
      flight = undefined;
    }
  };
  return {
    async peers() {
      if (performance.now() >= renewAt) await (flight ??= renew());
      return { peers: known, error };
    },
  };
}

/**
 * The regions where an application's Machines run are in a TXT record, and each region's Machines have
 * AAAA records: https://fly.io/docs/networking/private-networking/. One Machine a region is asked.
 */
async function lookUp(resolver: Resolver, app: string, port: number): Promise<Peer[]> {
  const records = await resolver.resolveTxt(`regions.${app}.internal`);
  const codes = records
    .flatMap((chunks) => chunks.join('').split(','))
    .map((code) => code.trim())
    .filter((code) => findRegion(code) !== undefined)
    .slice(0, MAX_REGIONS);
  const lookUps = [...new Set(codes)].map(async (code) => {
    const addresses = await resolver.resolve6(`${code}.${app}.internal`).catch(() => []);
    const [address] = addresses.sort();
    const region = findRegion(code)?.code ?? null;
    return address === undefined ? [] : [{ region, origin: `http://[${address}]:${port}` }];
  });
  return (await Promise.all(lookUps)).flat();
}
