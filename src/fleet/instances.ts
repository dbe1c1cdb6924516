import type { KnownPeer } from './known-peers.js';

/** A backend's process: a region may have several. */
export interface Instance {
  readonly region: string;
  /** New at each start; null: the backend is older than instances. */
  readonly instance: string | null;
}

/** One backend, and the addresses under which it is listed. */
export interface PeerInstance {
  /** This backend itself. */
  readonly isSelf: boolean;
  /** In the order of the list; at least one. */
  readonly addresses: readonly [KnownPeer, ...KnownPeer[]];
}

/**
 * The peers by backend, in the order of the list: one that is listed under two addresses is one. A list that is
 * the same for every backend also names this one, which may not be able to reach itself. So if no peer turned
 * out to be this backend, a silent peer of this region counts as it.
 */
export function instancesOf(peers: readonly KnownPeer[], self: Instance): PeerInstance[] {
  const silentSelf = peers.some((it) => isOne(it, self))
    ? undefined
    : peers.find(
        ({ peer, heard, isOfOtherFleet }) =>
          peer.region === self.region && heard === null && !isOfOtherFleet,
      );
  const groups: { isSelf: boolean; addresses: [KnownPeer, ...KnownPeer[]] }[] = [];
  for (const it of peers) {
    const isSelf = it === silentSelf || isOne(it, self);
    const who = identityOf(it);
    const same = groups.find(({ addresses: [first] }) => who !== null && isOne(first, who));
    if (same === undefined) groups.push({ isSelf, addresses: [it] });
    else same.addresses.push(it);
  }
  return groups;
}

/** The address that answers now, or the first. */
export function answeringAddress({ addresses }: PeerInstance): KnownPeer {
  return addresses.find(({ heard, error }) => heard !== null && error === null) ?? addresses[0];
}

function identityOf({ heard }: KnownPeer): Instance | null {
  return heard?.lines[0] ?? null;
}

/** Within its region: no backend can make another region's disappear. */
function isOne(it: KnownPeer, { region, instance }: Instance): boolean {
  const who = identityOf(it);
  return instance !== null && who?.instance === instance && who.region === region;
}
