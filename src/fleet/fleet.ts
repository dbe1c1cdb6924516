import { historyAnswer, type HistoryAnswer, type LatestAnswer } from '../api/answers.js';
import { type RegionReads } from '../api/fleet-answer.js';
import type { Peer } from '../config/peers.js';
import { fleetColours } from '../regions/hues.js';
import { withoutFalseClaims } from './claimed-regions.js';
import type { Directory } from './directory.js';
import { askedOnce } from './asked-once.js';
import { answeringAddress, instancesOf, type PeerInstance } from './instances.js';
import { createKnownPeers, type KnownPeer } from './known-peers.js';
import { shortNames } from './machines.js';
import { printable, requestPeer } from './peer-request.js';
import {
  checkFleet,
  checkRegion,
  linesAt,
  lineOfSilence,
  linesOfLatest,
  type FleetLine,
  type TargetLine,
} from './peer-state.js';
import { rankRows } from './ranking.js';
import { rankedLine, readsOf } from './region-reads.js';
import { createTurns } from './turns.js';

export interface Fleet {
  /**
   * Every backend's latest results, ranked by its primary, and where each reads fastest, in the same
   * order. Answers within about a second, whatever the peers do.
   */
  lines(): Promise<{ rows: FleetLine[]; reads: RegionReads[]; peersError: string | null }>;
  /**
   * The kept runs of a peer; null: there is no such peer.
   *
   * @param instance which of the region's backends; undefined: the first
   * @throws PeerError when it does not answer as it should.
   */
  history(region: string, instance?: string): Promise<HistoryAnswer | null>;
  /**
   * Who the peers are, each once, as far as that is known within about a second; a list may name this
   * backend too.
   */
  peers(): Promise<{
    readonly peers: readonly {
      readonly region: string | null;
      readonly origin: string;
      readonly isSelf: boolean;
    }[];
    readonly error: string | null;
  }>;
}

export interface FleetDeps {
  readonly directory: Directory;
  /** This backend's own fleet, region, instance and latest results: it takes these from no peer. */
  readonly self: {
    readonly fleet: string;
    readonly region: string;
    readonly instance: string;
    latest(): LatestAnswer;
  };
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
/** Questions to peers at once: each holds a descriptor. */
const QUESTIONS_AT_ONCE = 64;
/** How many histories are kept, for callers that ask again. */
const KEPT_HISTORIES = 16;
/** A day of runs is about 190 kB. */
const HISTORY_BYTES = 2 * 1_024 * 1_024;

/** Collects the peers' latest results, when somebody asks for them. */
export function createFleet({ directory, self, settings }: FleetDeps): Fleet {
  const { renewAfterMs, peerTimeoutMs, patienceMs } = { ...DEFAULTS, ...settings };
  const inTurn = createTurns(QUESTIONS_AT_ONCE);
  const known = createKnownPeers({
    ...{ directory, fleet: self.fleet, renewAfterMs, peerTimeoutMs },
    inTurn,
  });
  const keeping = { keepMs: renewAfterMs, max: KEPT_HISTORIES };
  const ask = async () => {
    const { peers, error } = await known.ask(patienceMs);
    return { instances: instancesOf(withoutFalseClaims(peers), self), error };
  };

  /** One question a peer at a time. */
  const historyOf = askedOnce(keeping, async (peer: Peer) =>
    inTurn(() => requestHistory(peer, self.fleet, peerTimeoutMs)),
  );

  return {
    async lines() {
      const { instances, error: peersError } = await ask();
      const now = performance.now();
      const own = linesAt({ lines: linesOfLatest(self.latest()), atMs: now }, now, null);
      const others = instances.filter(({ isSelf }) => !isSelf);
      const itself = instances.find(({ isSelf }) => isSelf);
      const address = itself === undefined ? null : hostOf(itself.addresses[0].peer);
      const theirs = others.map((it) => linesOf(answeringAddress(it), now));
      return { ...compare([own.map((line) => ({ ...line, address })), ...theirs]), peersError };
    },

    async peers() {
      const { instances, error } = await ask();
      const peers = instances
        .filter(({ addresses: [first] }) => !first.isOfOtherFleet)
        .map(({ isSelf, addresses: [{ peer, heard }] }) => ({
          region: peer.region ?? heard?.lines[0]?.region ?? null,
          origin: peer.origin,
          isSelf,
        }));
      return { peers, error };
    },

    async history(region, instance) {
      const { instances } = await ask();
      const peer = instances.find((it) => !it.isSelf && isMeant(it, region, instance));
      if (peer === undefined) return null;
      return historyOf(answeringAddress(peer).peer);
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
  const firsts = backends.flatMap(([first]) => (first === undefined ? [] : [first]));
  const short = shortNames(firsts);
  const colours = fleetColours(firsts.map(({ region }) => region));
  const regions = backends.flatMap(([first, ...others]) => {
    if (first === undefined) return [];
    const machine_short = short[firsts.indexOf(first)] ?? null;
    const named = { ...first, machine_short, colour: colours.get(first.region) ?? null };
    return [{ ...rankedLine(named), reads: readsOf([named, ...others]) }];
  });
  const ranked = rankRows(regions);
  return {
    rows: ranked.map(({ reads, ...row }) => row),
    reads: ranked.map(({ reads }) => reads),
  };
}

function linesOf({ peer, heard, error, isBeingAsked }: KnownPeer, now: number): TargetLine[] {
  const address = hostOf(peer);
  if (heard !== null) return linesAt(heard, now, error).map((line) => ({ ...line, address }));
  const why = error ?? (isBeingAsked ? 'it has not answered yet' : 'not asked yet');
  return [{ ...lineOfSilence(peer, why), address }];
}

/** By the region of its row, and which of the region's it is. */
function isMeant({ addresses }: PeerInstance, region: string, instance?: string): boolean {
  return addresses.some(({ peer, heard }) => {
    const lines = heard?.lines ?? [];
    const isOfRegion =
      peer.region === region ||
      (peer.region === null && hostOf(peer) === region) ||
      lines.some((line) => line.region === region);
    return isOfRegion && (instance === undefined || lines[0]?.instance === instance);
  });
}

function hostOf({ origin }: Peer): string {
  return new URL(origin).host;
}
