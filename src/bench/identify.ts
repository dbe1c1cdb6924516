import { shortNames } from '../fleet/machines.js';
import { requestLatest } from '../fleet/peer-state.js';
import { printable } from '../fleet/peer-request.js';
import type { LatestAnswer } from '../api/answers.js';
import type { Peer } from '../config/peers.js';
import { nameOf } from './ask.js';

/** A backend that is to be measured, and what tells it from the others. */
export interface Candidate {
  readonly peer: Peer;
  /** Of its progress; no two are the same. */
  readonly name: string;
  readonly machine: string | null;
  readonly machine_short: string | null;
  readonly instance: string | null;
}

/** A backend that does not say who it is in this time is measured anyway. */
const TIMEOUT_MS = 3_000;

/**
 * Asks each peer who it is, before any run: a backend that is listed under two addresses would measure itself
 * twice at once. Never rejects.
 */
export async function identify(peers: readonly Peer[], signal: AbortSignal): Promise<Candidate[]> {
  const answers = await Promise.all(
    peers.map((peer) => requestLatest(peer, TIMEOUT_MS, signal).catch(() => null)),
  );
  const known = peers.map((peer, i) => describe(peer, answers[i] ?? null));
  const backends = known.filter(
    ({ region, instance }, i) =>
      instance === null ||
      known.findIndex((it) => it.instance === instance && it.region === region) === i,
  );
  const short = shortNames(backends);
  return backends.map(({ peer, region, machine, instance }, i) => {
    const machine_short = short[i] ?? null;
    const name = machine_short === null ? region : `${region} ${machine_short}`;
    return { peer, name, machine, machine_short, instance };
  });
}

function describe(peer: Peer, answer: LatestAnswer | null) {
  const text = (it: string | undefined) => (it === undefined ? null : printable(it));
  return {
    peer,
    region: answer === null ? nameOf(peer) : printable(answer.region),
    machine: text(answer?.machine),
    instance: text(answer?.instance),
    address: new URL(peer.origin).host,
  };
}
