import { Resolver } from 'node:dns/promises';
import { messageOf } from '../base/errors.js';
import type { Peer, PeerSource } from '../config/peers.js';
import { isRegionCode } from '../regions/regions.js';
import { mayBePeer } from './peer-address.js';
import { settledWithin } from './settled-within.js';

/** Who the peers are. */
export interface Directory {
  /**
   * Never rejects: while they cannot be looked up, it gives those that were found before, and the reason. Waits
   * at most `patienceMs` for the name servers, else until they answer or are given up.
   */
  peers(
    patienceMs?: number,
  ): Promise<{ readonly peers: readonly Peer[]; readonly error: string | null }>;
}

export interface DirectoryOptions {
  /** For peers of the DNS that name no port. */
  readonly defaultPort: number;
  /** Of name servers, `address:port`; default: the system's. */
  readonly servers?: readonly string[];
  /** The peers are looked up again after this long. */
  readonly renewAfterMs?: number;
}

/** Machines come and go in minutes. */
const RENEW_AFTER_MS = 60_000;
const RETRY_AFTER_MS = 5_000;
const DNS_TIMEOUT_MS = 1_000;
const MAX_REGIONS = 100;
/** Of one region; more than anybody runs there. */
const MAX_MACHINES = 16;

export function createDirectory(source: PeerSource, options: DirectoryOptions): Directory {
  if (source.kind === 'list') {
    const answer = Promise.resolve({ peers: source.peers, error: null });
    return { peers: () => answer };
  }
  const resolver = new Resolver({ timeout: DNS_TIMEOUT_MS, tries: 1 });
  if (options.servers !== undefined) resolver.setServers(options.servers);
  const port = source.port ?? options.defaultPort;
  const loopback = options.servers !== undefined;
  const { renewAfterMs = RENEW_AFTER_MS } = options;
  let known: readonly Peer[] = [];
  let error: string | null = null;
  let renewAt = 0;
  let flight: Promise<void> | undefined;

  const renew = async () => {
    try {
      const found = await lookUp(resolver, { app: source.app, port, loopback });
      const kept = known.filter(({ region }) => region !== null && found.unclear.includes(region));
      known = [...found.peers, ...kept];
      error =
        found.unclear.length === 0
          ? null
          : `${source.app}: the addresses of ${found.unclear.join(', ')} could not be looked up`;
      renewAt = performance.now() + (error === null ? renewAfterMs : RETRY_AFTER_MS);
    } catch (cause) {
      error = `${source.app}.internal could not be looked up: ${describeDnsError(cause)}`;
      renewAt = performance.now() + RETRY_AFTER_MS;
    } finally {
      flight = undefined;
    }
  };
  return {
    async peers(patienceMs) {
      if (performance.now() >= renewAt) {
        flight ??= renew();
        await (patienceMs === undefined ? flight : settledWithin([flight], patienceMs));
      }
      const isFirst = renewAt === 0;
      return { peers: known, error: isFirst ? `${source.app}.internal is being looked up` : error };
    },
  };
}

interface Found {
  readonly peers: readonly Peer[];
  /** The regions whose address the DNS did not say: they may be there or not. */
  readonly unclear: readonly string[];
}

/**
 * The regions where an application's Machines run are in a TXT record, and each region's Machines have
 * AAAA records: https://fly.io/docs/networking/private-networking/. Each Machine is a backend.
 */
async function lookUp(
  resolver: Resolver,
  { app, port, loopback }: { app: string; port: number; loopback: boolean },
): Promise<Found> {
  const records = await resolver.resolveTxt(`regions.${app}.internal`);
  const regions = records
    .flatMap((chunks) => chunks.join('').split(','))
    .map((code) => code.trim())
    .filter(isRegionCode)
    .slice(0, MAX_REGIONS);
  const peers: Peer[] = [];
  const unclear: string[] = [];
  const lookUps = [...new Set(regions)].map(async (region) => {
    try {
      const addresses = (await resolver.resolve6(`${region}.${app}.internal`)).sort();
      const possible = addresses.filter((address) => mayBePeer(address, { loopback }));
      for (const address of possible.slice(0, MAX_MACHINES)) {
        peers.push({ region, origin: `http://[${address}]:${port}` });
      }
    } catch (error) {
      if (!isAbsence(error)) unclear.push(region);
    }
  });
  await Promise.all(lookUps);
  return { peers, unclear };
}

const codeOf = (error: unknown) => (error as { code?: string }).code ?? '';

/** No such name, or no address of its: the last Machine of the region is gone. */
function isAbsence(error: unknown): boolean {
  return ['ENOTFOUND', 'ENODATA'].includes(codeOf(error));
}

const DNS_ERRORS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'there is no such name',
  ENODATA: 'it has no regions',
  ETIMEOUT: 'the name server does not answer',
  ECONNREFUSED: 'no name server listens',
};

function describeDnsError(error: unknown): string {
  return DNS_ERRORS[codeOf(error)] ?? messageOf(error);
}
