import { messageOf } from '../base/errors.js';
import type { Peer } from '../config/peers.js';
import type { Directory } from './directory.js';
import { OtherFleetError } from './peer-request.js';
import { askLatest, type Heard } from './peer-state.js';
import { settledWithin } from './settled-within.js';

/** What is known of one peer. */
export interface KnownPeer {
  readonly peer: Peer;
  /** null: it was never heard. */
  readonly heard: Heard | null;
  /** Why it did not answer just now; null: it did, or was not asked yet. */
  readonly error: string | null;
  /** It answers, and is no backend of this fleet. */
  readonly isOfOtherFleet: boolean;
  readonly isBeingAsked: boolean;
}

/** The peers, asked for their latest results when somebody wants to know. */
export interface KnownPeers {
  /** As far as they are known within `patienceMs`, of which the look-up takes a share. */
  ask(patienceMs: number): Promise<{
    readonly peers: readonly KnownPeer[];
    readonly error: string | null;
  }>;
}

export interface KnownPeersDeps {
  readonly directory: Directory;
  readonly fleet: string;
  /** A peer is asked again after this long. */
  readonly renewAfterMs: number;
  /** The deadline of one question. */
  readonly peerTimeoutMs: number;
  /** Bounds how many are asked at once. */
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>;
}

/** Of the patience: the rest is for the peers that are known, whatever the DNS does. */
const LOOK_UP_SHARE = 0.5;

interface State {
  heard: Heard | null;
  error: string | null;
  isOfOtherFleet: boolean;
  askAgainAt: number;
  flight: Promise<void> | null;
}

export function createKnownPeers(deps: KnownPeersDeps): KnownPeers {
  const { directory, fleet, renewAfterMs, peerTimeoutMs, inTurn } = deps;
  const states = new Map<string, State>();

  const ask = async (peer: Peer, it: State) => {
    try {
      const lines = await inTurn(() => askLatest(peer, fleet, peerTimeoutMs));
      it.heard = { lines, atMs: performance.now() };
      it.error = null;
      it.isOfOtherFleet = false;
    } catch (error) {
      it.error = messageOf(error);
      it.isOfOtherFleet = error instanceof OtherFleetError;
      if (it.isOfOtherFleet) it.heard = null;
    } finally {
      it.askAgainAt = performance.now() + renewAfterMs;
      it.flight = null;
    }
  };
  const stateOf = (peer: Peer): State => {
    const key = `${peer.region ?? ''}=${peer.origin}`;
    const it = states.get(key) ?? newState();
    states.set(key, it);
    return it;
  };
  const forgetOthers = (peers: readonly Peer[]) => {
    const kept = new Set(peers.map(stateOf));
    for (const [key, it] of states) if (!kept.has(it)) states.delete(key);
  };

  return {
    async ask(patienceMs) {
      const startedAt = performance.now();
      const { peers, error } = await directory.peers(patienceMs * LOOK_UP_SHARE);
      forgetOthers(peers);
      const flights = peers.map((peer) => {
        const it = stateOf(peer);
        if (performance.now() >= it.askAgainAt) it.flight ??= ask(peer, it);
        return it.flight;
      });
      await settledWithin(flights, patienceMs - (performance.now() - startedAt));
      return { peers: peers.map((peer) => knownOf(peer, stateOf(peer))), error };
    },
  };
}

function newState(): State {
  return { heard: null, error: null, isOfOtherFleet: false, askAgainAt: 0, flight: null };
}

function knownOf(peer: Peer, { heard, error, isOfOtherFleet, flight }: State): KnownPeer {
  return { peer, heard, error, isOfOtherFleet, isBeingAsked: flight !== null };
}
