import type { KnownPeer } from './known-peers.js';

/**
 * The peers, but without the answer of one that is listed without a region and claims a region that another
 * peer is listed with: it must not replace the figures of that region. A second address of the same backend is
 * allowed.
 */
export function withoutFalseClaims(peers: readonly KnownPeer[]): KnownPeer[] {
  const owners = new Map<string, KnownPeer[]>();
  for (const it of peers) {
    const { region } = it.peer;
    if (region !== null) owners.set(region, [...(owners.get(region) ?? []), it]);
  }
  return peers.map((it) => {
    const claimed = it.peer.region === null ? it.heard?.lines[0] : undefined;
    const named = claimed && owners.get(claimed.region);
    if (claimed === undefined || named === undefined || named.some((owner) => isSame(owner, it))) {
      return it;
    }
    const error = `it says that it is ${JSON.stringify(claimed.region)}, which another peer is: name its region`;
    return { ...it, heard: null, error };
  });
}

function isSame(one: KnownPeer, other: KnownPeer): boolean {
  const instance = one.heard?.lines[0]?.instance ?? null;
  return instance !== null && instance === other.heard?.lines[0]?.instance;
}
