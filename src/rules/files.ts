import { addressRules } from './address.js';
import { allRegionsAlerts, allRegionsRules } from './all-regions.js';
import { floorRules } from './floor.js';
import { normalRules } from './normal.js';
import { seasonRules } from './season.js';
import { againstNormalRules } from './against-normal.js';
import { allFailingRules } from './all-failing.js';
import { certificateRules } from './certificate.js';
import { replicaAlerts, replicaRules } from './replica.js';
import { connectRules } from './connect.js';
import { DEFAULT_RULES_FLEET } from './default-fleet.js';
import { duration } from './duration.js';
import { expectedRules } from './expected.js';
import { failureRatiosRules } from './failure-ratios.js';
import { connectFailuresRules, failuresRules } from './failures.js';
import type { RulesFleet } from './fleet.js';
import { mediansRules } from './medians.js';
import { metaRules } from './meta.js';
import { createPlan, type Plan } from './plan.js';
import { processRules } from './process.js';
import { objectiveRules } from './objective.js';
import { regionSlowRules } from './region-slow.js';
import type { Rule, RuleFile } from './rule.js';
import { scheduleRules } from './schedule.js';
import { sharesRules } from './shares.js';
import { shiftRules } from './shift.js';
import { silenceAlerts, silenceRules } from './silence.js';
import { statesRules } from './states.js';
import { tailAlerts, tailRules } from './tail.js';
import { tunnelContestedRules, tunnelRules } from './tunnel.js';
import { writeRules } from './write-rules.js';
import { writesRules } from './writes.js';

/** The rule files of a fleet: the content of each, by its name. */
export function ruleFilesOf(fleet: RulesFleet): ReadonlyMap<string, string> {
  return new Map(filesOf(fleet).map((file) => [file.name, writeRules(file, fleet)]));
}

/** The names of the alerts, which are those of the runbook's paragraphs. */
export function alertNames(): string[] {
  return filesOf(DEFAULT_RULES_FLEET).flatMap(({ group }) =>
    group.rules.flatMap((rule) => ('alert' in rule ? rule.alert : [])),
  );
}

function filesOf(fleet: RulesFleet): RuleFile[] {
  const plan = createPlan(fleet);
  const each = (seconds: number) => duration(Math.min(seconds, fleet.evaluationSeconds ?? seconds));
  const file = (
    name: string,
    interval: string,
    about: string,
    makers: readonly ((plan: Plan) => readonly Rule[])[],
  ) => ({
    name: `${name}.yml`,
    about,
    group: { name: `pglatency-${name}`, interval, rules: makers.flatMap((make) => make(plan)) },
  });
  return [
    file('expected-regions', '1m', EXPECTED, [() => expectedRules(fleet)]),
    file('baseline', '5m', BASELINE, [floorRules, seasonRules, normalRules]),
    file('latency', duration(plan.evaluationSeconds), LATENCY, [
      mediansRules,
      againstNormalRules,
      sharesRules,
      allRegionsRules,
      allRegionsAlerts,
      regionSlowRules,
      shiftRules,
      tailRules,
      tailAlerts,
      connectRules,
      writesRules,
    ]),
    file('failures', each(60), FAILURES, [
      failureRatiosRules,
      allFailingRules,
      failuresRules,
      connectFailuresRules,
      addressRules,
    ]),
    file('certificate', '2m', CERTIFICATE, [certificateRules]),
    file('replica', each(60), REPLICA, [replicaRules, replicaAlerts]),
    file('probe', each(60), PROBE, [
      silenceRules,
      silenceAlerts,
      scheduleRules,
      processRules,
      metaRules,
    ]),
    file('tunnel', each(60), TUNNEL, [tunnelRules, tunnelContestedRules]),
    file('objective', '5m', OBJECTIVE, [objectiveRules]),
    file('states', each(30), STATES, [statesRules]),
  ];
}

const EXPECTED = `The regions that have to report, and the round trip to expect of each.

A region that is listed and does not report is an alert (PglatencyRegionSilent); one that reports
and is not listed is still measured and alerted on, but nobody notices when it goes.

The value is the usual time of a select in seconds. It stands in for a region's normal on its first
day only, before there is a day of its own measurements. 0: not known; the region's latency then
cannot alert before it has a normal of its own. A region that has none after three days is an alert
(PglatencyBaselineMissing).
Where a backend runs beside the database, list it too: region hub, value 0.`;

const BASELINE = `What is normal for each region and operation: floor × season. docs/alerts-design.md says why.

Slow on purpose: a baseline moves in hours, and a week of five-minute samples is 2016 values
where a week of scrapes would be 40320. Readers take last_over_time(…[15m]), so that a missed
evaluation is no gap. So do the rules here, of each other: vmalert stores what it evaluates a moment
later, and what it stored five minutes ago is too old for an instant.

region_operation in a name stands for the labels fleet, target, region and operation.`;

const LATENCY = `Latency alerts, relative to each region's own normal (baseline.yml). One group, evaluated in order,
so that each alert sees the same moment as the values that it is made of.

The values are medians of run medians: one gauge a run, exact, where the histogram's median is
known to within a bucket. docs/alerts-evidence.md has the measurements behind every number here.

region_operation in a name stands for the labels fleet, target, region and operation. The region hub is
a backend beside the database: it tells the database from the path, and is no region of its own.`;

const FAILURES = `Operations that fail. A failed operation is never a latency: it is counted here and nowhere else.`;

const CERTIFICATE = `The end of the server's certificate.

A certificate belongs to the target, and every region sees it: an alert names the target alone, with
the earliest end that any region sees. Behind a load balancer there may be several certificates.`;

const REPLICA = `How far read-only targets are behind. A replica belongs to no region: each alert names the target.`;

const PROBE = `The monitor itself: silence, schedule, honesty. A monitor that lies is worse than none.`;

const TUNNEL = `The tunnel: why a region fails, said beside the alert that it fails. Regions without a tunnel export
neither series, and no rule here speaks of them.`;

const OBJECTIVE = `What an objective is summed from, for the dashboards: how many operations of ten minutes there were,
and how many of them took no longer than each bound that is offered. No alert reads it.`;

const STATES = `The state of each region against each target, as a number, for the dashboards:
0 normal, 1 no normal yet, 2 waiting for enough measurements, 3 above normal, 4 some errors, 5 slow,
6 stale, 7 no new connections, 8 failing, 9 silent. The limits are those of the alerts. No alert reads it.`;
