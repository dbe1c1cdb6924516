import { messageOf } from '../base/errors.js';
import { historyAnswer, type HistoryAnswer, type LatestAnswer } from '../api/answers.js';
import { type RegionReads } from '../api/fleet-answer.js';
import type { Peer } from '../config/peers.js';
import type { Directory } from './directory.js';
import { OtherFleetError, printable, requestPeer } from './peer-request.js';
import {
  askLatest,
  checkFleet,
  checkRegion,
  linesAt,
  lineOfSilence,
  linesOfLatest,
  type FleetLine,
  type Heard,
  type TargetLine,
} from './peer-state.js';
import { rankRows } from './ranking.js';
import { settledWithin } from './settled-within.js';
import { rankedLine, readsOf } from './region-reads.js';

export interface Fleet {
  /**
   * Every region's latest results, ranked by its primary, and where each reads fastest, in the same
   * order. Answers within about a second, whatever the peers do.
   */
  lines(): Promise<{ rows: FleetLine[]; reads: RegionReads[]; peersError: string | null }>;
  /**
   * The kept runs of a peer; null: there is no such peer.
   *
   * @throws PeerError when it does not answer as it should.
   */
  history(region: string): Promise<HistoryAnswer | null>;
  /** Who the peers are, as far as that is known within about a second; a list may name this backend too. */
  peers(): Promise<{
    readonly peers: readonly { readonly region: string | null; readonly origin: string }[];
    readonly error: string | null;
  }>;
}

export interface FleetDeps {
  readonly directory: Directory;
  /** This backend's own fleet, region and latest results: it does not ask itself. */
  readonly self: { readonly fleet: string; readonly region: string; latest(): LatestAnswer };
  readonly settings?: Partial<FleetSettings>;
}

interface FleetSettings {
  /** A peer is asked again after this long. */
  readonly renewAfterMs: number;
  /** The deadline of one question. */
  readonly peerTimeoutMs: number;
  /** How long an answer waits for the peers that are being looked up and asked. */
  readonly patienceMs: number;
}

const DEFAULTS: FleetSettings = { renewAfterMs: 3_000, peerTimeoutMs: 3_000, patienceMs: 1_000 };
/** Of the patience: the rest is for the peers that are known, whatever the DNS does. */
const LOOK_UP_SHARE = 0.5;
/** A day of runs is about 190 kB. */
const HISTORY_BYTES = 2 * 1_024 * 1_024;

/** What is known of one peer. */
interface Known {
  heard: Heard | null;
  error: string | null;
  askAgainAt: number;
  flight: Promise<void> | null;
}

/** Collects the peers' latest results, when somebody asks for them. */
export function createFleet({ directory, self, settings }: FleetDeps): Fleet {
  const { renewAfterMs, peerTimeoutMs, patienceMs } = { ...DEFAULTS, ...settings };
  const known = new Map<string, Known>();
  const isOther = ({ region }: Peer) => region !== self.region;

  const ask = async (peer: Peer, it: Known) => {
    try {
      it.heard = {
        lines: await askLatest(peer, self.fleet, peerTimeoutMs),
        atMs: performance.now(),
      };
      it.error = null;
    } catch (error) {
      it.error = messageOf(error);
      if (error instanceof OtherFleetError) it.heard = null;
    } finally {
      it.askAgainAt = performance.now() + renewAfterMs;
      it.flight = null;
    }
  };
  const knownOf = (peer: Peer): Known => {
    const key = `${peer.region ?? ''}=${peer.origin}`;
    const it = known.get(key) ?? { heard: null, error: null, askAgainAt: 0, flight: null };
    known.set(key, it);
    return it;
  };
  const forget = (peers: readonly Peer[]) => {
    const kept = new Set(peers.map(knownOf));
    for (const [key, it] of known) if (!kept.has(it)) known.delete(key);
  };

  return {
    async lines() {
      const startedAt = performance.now();
      const { peers, error: peersError } = await directory.peers(patienceMs * LOOK_UP_SHARE);
      const others = peers.filter(isOther);
      forget(others);
      const flights = others.map((peer) => {
        const it = knownOf(peer);
        if (performance.now() >= it.askAgainAt) it.flight ??= ask(peer, it);
        return it.flight;
      });
      await settledWithin(flights, patienceMs - (performance.now() - startedAt));
      const now = performance.now();
      const own = linesAt({ lines: linesOfLatest(self.latest()), atMs: now }, now, null);
      // A peer without a configured region may turn out to be this backend.
      const theirs = others
        .map((peer) => linesOf(peer, knownOf(peer), now))
        .filter(([line]) => line?.region !== self.region);
      return { ...compare([own, ...theirs]), peersError };
    },

    async peers() {
      const { peers, error } = await directory.peers(patienceMs);
      const regionOf = (peer: Peer) => peer.region ?? knownOf(peer).heard?.lines[0]?.region ?? null;
      return { peers: peers.map((it) => ({ region: regionOf(it), origin: it.origin })), error };
    },

    async history(region) {
      const { peers } = await directory.peers(patienceMs);
      const peer = peers.filter(isOther).find((it) => namesOf(it, knownOf(it)).includes(region));
      return peer === undefined ? null : requestHistory(peer, self.fleet, peerTimeoutMs);
    },
  };
}

async function requestHistory(
  peer: Peer,
  fleet: string,
  timeoutMs: number,
): Promise<HistoryAnswer> {
  const answer = await requestPeer({
    origin: peer.origin,
    path: '/api/history',
    schema: historyAnswer,
    maxBytes: HISTORY_BYTES,
    timeoutMs,
  });
  checkRegion(peer, answer.region);
  checkFleet(fleet, answer.fleet);
  return { ...answer, region: printable(answer.region), city: printable(answer.city) };
}

/** @param backends the lines of each, a target a line, the default first */
function compare(backends: readonly (readonly TargetLine[])[]) {
  const regions = backends.flatMap(([first, ...others]) =>
    first === undefined ? [] : [{ ...rankedLine(first), reads: readsOf([first, ...others]) }],
  );
  const ranked = rankRows(regions);
  return {
    rows: ranked.map(({ reads, ...row }) => row),
    reads: ranked.map(({ reads }) => reads),
  };
}

function linesOf(peer: Peer, { heard, error, flight }: Known, now: number): TargetLine[] {
  if (heard !== null) return linesAt(heard, now, error);
  return [lineOfSilence(peer, error ?? (flight ? 'it has not answered yet' : 'not asked yet'))];
}

/** The names under which a peer's row may be asked for. */
function namesOf(peer: Peer, { heard }: Known): string[] {
  if (peer.region !== null) return [peer.region];
  return [new URL(peer.origin).host, ...(heard?.lines.map(({ region }) => region) ?? [])];
}
