import { Router } from 'express';
import type { z } from 'zod';
import { PeerError } from '../fleet/peer-request.js';
import { VERSION } from '../base/version.js';
import { type HistoryAnswer } from '../api/answers.js';
import { historyQuery, noQuery } from '../api/parameters.js';
import { type FleetAnswer } from '../api/fleet-answer.js';
import { type ScrapeTargets } from '../api/scrape-targets.js';
import { toScrapeTargets } from '../fleet/scrape-targets.js';
import { inPublicWords } from '../api/public-words.js';
import { createTokenCheck } from './auth.js';
import { sendCompressed } from './compress.js';
import type { AppDeps } from './deps.js';
import { latestOf } from './latest-of.js';
import { historyAnswer } from './history-router.js';
import { HttpError } from './http-error.js';
import { parseQuery } from './query.js';

type FleetDeps = Pick<
  AppDeps,
  'config' | 'instance' | 'apiToken' | 'targets' | 'schedule' | 'history' | 'fleet' | 'metrics'
>;

/** GET /api/fleet and what lies below: what the other backends measured, asked by this one, and who they are. */
export function fleetRouter(deps: FleetDeps): Router {
  const judge = createTokenCheck(deps.apiToken);
  const { changes } = deps.metrics;
  const full = latestOf(() => fleetAnswerOf(deps), changes);
  const open = latestOf(async () => inPublicWords(await fleetAnswerOf(deps)), changes);
  const own = latestOf(() => historyAnswer(deps), changes);
  return Router()
    .get('/api/fleet', async (req, res) => {
      parseQuery(noQuery, req.query);
      res.vary('Authorization');
      await sendCompressed(req, res, await (judge(req) === 'right' ? full() : open()));
    })
    .get('/api/fleet/history', async (req, res) => {
      const asked = parseQuery(historyQuery, req.query);
      await sendCompressed(req, res, await historyOf(deps, own, asked));
    })
    .get('/api/fleet/targets', async (req, res) => {
      parseQuery(noQuery, req.query);
      res.json(await scrapeTargetsOf(deps, req.get('host') ?? null));
    });
}

async function fleetAnswerOf({ config, instance, fleet }: FleetDeps): Promise<FleetAnswer> {
  const { rows, reads, peersError } = await fleet.lines();
  return {
    fleet: config.fleet,
    region: config.region.code,
    instance,
    city: config.region.city,
    version: VERSION,
    timestamp: new Date().toISOString(),
    token_required: config.http.apiToken !== null,
    peers_error: peersError,
    rows,
    reads,
  };
}

/** @throws HttpError 503 when the list may be incomplete, because Prometheus then keeps the one that it has. */
async function scrapeTargetsOf(
  { config, fleet }: FleetDeps,
  host: string | null,
): Promise<ScrapeTargets> {
  const { peers, error } = await fleet.peers();
  if (error !== null) throw new HttpError(503, error);
  const { region, http } = config;
  return toScrapeTargets({
    fleet: config.fleet,
    peers,
    self: { region: region.code, host },
    metricsPort: http.metricsPort,
  });
}

/** @throws HttpError 404 for a region that nobody has, 502 when its backend does not answer. */
async function historyOf(
  deps: FleetDeps,
  own: () => HistoryAnswer,
  { region, instance }: z.infer<typeof historyQuery>,
): Promise<HistoryAnswer> {
  const isOwn = region === deps.config.region.code;
  if (isOwn && (instance ?? deps.instance) === deps.instance) return own();
  try {
    const answer = await deps.fleet.history(region, instance);
    if (answer !== null) return answer;
  } catch (error) {
    if (!(error instanceof PeerError)) throw error;
    throw new HttpError(502, `${region}: ${error.message}`);
  }
  const which = instance === undefined ? '' : ` and the instance ${instance}`;
  throw new HttpError(404, `no peer has the region ${region}${which}`);
}
