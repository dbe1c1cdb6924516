import type { LatestAnswer } from '../../api/answers.js';
import type { Peer } from '../../config/peers.js';
import { OtherFleetError, PeerError, printable } from '../../fleet/peer-request.js';
import { checkFleet, requestLatest } from '../../fleet/peer-state.js';
import { broken, ok, warning, type Check, type Finding } from './check.js';
import { PEER_TIMEOUT_MS, peerName, type FleetSubject } from './fleet-subject.js';

/** Of a backend's interval, and some for the run itself. */
const STALE_AFTER = 3;
const RUN_MS = 60_000;

const PLACE = '`regions` of pglatency.yaml, or PEERS';

export const peersCheck: Check<FleetSubject> = {
  name: 'peers',
  place: 'fleet',
  why: 'a backend that cannot be asked is missing from the page, from the comparison of regions and from the alerts',
  async run(fleet) {
    const { peers, error } = await fleet.peers();
    const lookUp =
      error === null ? [] : [broken(error, 'getent ahosts on this machine; the name in PEERS')];
    const answers = await Promise.all(peers.map((peer) => ask(peer, fleet)));
    fleet.signal.throwIfAborted();
    const troubles = answers.flatMap((it) => it.findings);
    if (lookUp.length + troubles.length > 0) return [...lookUp, ...troubles];
    const regions = answers.map(({ region }) => region).join(', ');
    return [ok(`each peer of ${fleet.config.fleet} answers: ${regions}`)];
  },
};

async function ask(
  peer: Peer,
  { config, signal }: FleetSubject,
): Promise<{ region: string; findings: Finding[] }> {
  const name = peerName(peer);
  try {
    const answer = await requestLatest(peer, PEER_TIMEOUT_MS, signal);
    checkFleet(config.fleet, answer.fleet);
    return { region: printable(answer.region), findings: judge(answer, name) };
  } catch (error) {
    if (!(error instanceof PeerError)) throw error;
    const mend =
      error instanceof OtherFleetError
        ? `FLEET, or \`fleet\` of pglatency.yaml, on one of them; or take it out of ${PLACE}`
        : `curl -sS ${peer.origin}/healthz; if that answers, correct its address in ${PLACE}`;
    return { region: name, findings: [broken(`${name}: ${error.message}`, mend)] };
  }
}

function judge({ runs, timestamp, interval_s, next_run }: LatestAnswer, name: string): Finding[] {
  if (runs.length === 0) {
    if (next_run !== null) return [];
    return [
      warning(
        `${name} measures nothing`,
        'DATABASE_URL, or `targets` of pglatency.yaml, on that machine',
      ),
    ];
  }
  // Both times are of its own clock.
  const oldestMs = Date.parse(timestamp) - STALE_AFTER * interval_s * 1_000 - RUN_MS;
  return runs.flatMap((run) => {
    const target = printable(run.target);
    if (Date.parse(run.timestamp) < oldestMs) {
      const found = `${name}: its latest run of ${target} ended at ${printable(run.timestamp)}, and it should run every ${interval_s} s`;
      return [broken(found, 'look at its log, and start that backend again')];
    }
    if (run.outcome === 'success') return [];
    const found = `${name}: the latest run of ${target} ended with ${run.outcome}`;
    const mend = `on that machine: pglatency doctor; or ask it: curl -sS '${name.split(' ').at(-1) ?? ''}/api/health'`;
    return [run.outcome === 'failure' ? broken(found, mend) : warning(found, mend)];
  });
}
