import type { ScrapeTargets } from '../../api/scrape-targets.js';
import { describeNetworkError, PeerError, readBody } from '../../fleet/peer-request.js';
import { toScrapeTargets } from '../../fleet/scrape-targets.js';
import { METRICS } from '../../metrics/names.js';
import { plural } from '../../ping/figures.js';
import { broken, ok, warning, type Check, type Finding } from './check.js';
import { PEER_TIMEOUT_MS, type FleetSubject } from './fleet-subject.js';

/** Far more than sixteen targets have. */
const MAX_BYTES = 16 * 1_048_576;
/** Without one of these, Prometheus 3 does not accept the answer as metrics. */
const CONTENT_TYPE = /^(?:text\/plain|application\/openmetrics-text)(?:;|$)/;

interface Scraped {
  readonly series: number;
  readonly findings: readonly Finding[];
}

export const scrapesCheck: Check<FleetSubject> = {
  name: 'scrapes',
  place: 'fleet',
  why: 'a backend that Prometheus cannot scrape, or finds under another fleet or region, raises no alert, or a wrong one',
  async run(fleet) {
    const { peers } = await fleet.peers();
    const { config, signal } = fleet;
    const targets = toScrapeTargets({
      fleet: config.fleet,
      peers: peers.map((peer) => ({ ...peer, isSelf: false })),
      self: { region: config.region.code, host: null },
      metricsPort: config.http.metricsPort,
    });
    const scraped = await Promise.all(targets.map((target) => scrape(target, signal)));
    signal.throwIfAborted();
    const findings = scraped.flatMap((it) => it.findings);
    if (findings.length > 0) return findings;
    const series = scraped.reduce((sum, it) => sum + it.series, 0);
    return [
      ok(
        `each of ${plural(targets.length, 'peer')} can be scraped from here: ${series} series, of this fleet and their regions`,
      ),
    ];
  },
};

async function scrape(
  { targets, labels }: ScrapeTargets[number],
  signal: AbortSignal,
): Promise<Scraped> {
  const address = `${labels.__scheme__ ?? 'http'}://${targets[0] ?? ''}/metrics`;
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(PEER_TIMEOUT_MS)]);
  try {
    const answer = await fetch(address, { signal: deadline, redirect: 'manual' });
    if (answer.status !== 200) {
      await answer.body?.cancel();
      return trouble(address, `it answers with status ${answer.status}`);
    }
    const type = answer.headers.get('content-type') ?? 'no content type';
    const text = await readBody(answer, MAX_BYTES);
    if (!CONTENT_TYPE.test(type)) return trouble(address, `it answers with ${type}`);
    return judge(text, labels, address);
  } catch (error) {
    if (error instanceof PeerError) return trouble(address, error.message);
    const isLate = deadline.aborted && !signal.aborted;
    return trouble(
      address,
      isLate ? `no answer within ${PEER_TIMEOUT_MS / 1_000} s` : describeNetworkError(error),
    );
  }
}

function trouble(address: string, what: string): Scraped {
  const mend = `curl -sS ${address} | head; then its address and METRICS_PORT, and firewalls between Prometheus and it`;
  return { series: 0, findings: [broken(`${address}: ${what}`, mend)] };
}

/** The labels that every series of a backend has must be those by which it is known. */
function judge(text: string, labels: ScrapeTargets[number]['labels'], address: string): Scraped {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const info = lines.find((line) => line.startsWith(`${METRICS.regionInfo.name}{`));
  if (info === undefined)
    return trouble(address, `it has no ${METRICS.regionInfo.name}: another program`);
  const findings = (['fleet', 'region'] as const).flatMap((name) => {
    const [, value = ''] = new RegExp(`[{,]${name}="([^"]*)"`).exec(info) ?? [];
    const expected = labels[name];
    if (expected === undefined || value === expected) return [];
    const found = `${address}: its series have ${name}="${value}", and it is listed as ${expected}`;
    const mend = `${name.toUpperCase()} on that machine, or its entry in pglatency.yaml or PEERS`;
    return [name === 'fleet' ? broken(found, mend) : warning(found, mend)];
  });
  return { series: lines.length, findings };
}
