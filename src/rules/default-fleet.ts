import { EXAMPLE_LINKS, type RulesFleet } from './fleet.js';

/** The usual time of a select, seconds, of the ten regions on Fly.io with a database in Ireland. */
const SELECT_SECONDS = {
  lhr: 0.012,
  cdg: 0.018,
  fra: 0.027,
  iad: 0.086,
  ord: 0.122,
  lax: 0.138,
  sin: 0.166,
  gru: 0.198,
  nrt: 0.261,
  syd: 0.269,
} as const;

/** The fleet that the committed files of prometheus/ are made for. */
export const DEFAULT_RULES_FLEET: RulesFleet = {
  fleet: null,
  runSeconds: 60,
  iterations: 10,
  scrapeSeconds: 15,
  evaluationSeconds: null,
  regions: Object.entries(SELECT_SECONDS).map(([region, selectSeconds]) => ({
    region,
    selectSeconds,
    targets: { primary: selectSeconds },
  })),
  targets: [],
  links: EXAMPLE_LINKS,
};
