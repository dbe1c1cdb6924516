import type { Config } from '../../config/config.js';
import type { Peer } from '../../config/peers.js';
import { createDirectory } from '../../fleet/directory.js';

/** The fleet that this machine's configuration tells of. */
export interface FleetSubject {
  readonly config: Config;
  readonly signal: AbortSignal;
  /** The other backends; looked up once. `error`: why they, or some of them, are not known. */
  peers(): Promise<{ readonly peers: readonly Peer[]; readonly error: string | null }>;
}

/** How long a peer, or the DNS, may take to answer, in milliseconds. */
export const PEER_TIMEOUT_MS = 3_000;

export function createFleetSubject(config: Config, signal: AbortSignal): FleetSubject {
  const directory = createDirectory(config.peers, { defaultPort: config.http.port });
  let known: ReturnType<FleetSubject['peers']> | null = null;
  return { config, signal, peers: () => (known ??= directory.peers()) };
}

/** Whether there are other backends. */
export function hasPeers({ peers }: Config): boolean {
  return peers.kind === 'dns' || peers.peers.length > 0;
}

/** `lhr at http://10.0.0.11:8080` */
export function peerName({ region, origin }: Peer): string {
  return region === null ? origin : `${region} at ${origin}`;
}
