import { UIDS } from '../dashboard-uids.js';

const { fleet, region, objectives } = UIDS;

/** The panel that shows what an alert is about, by the end of its name. */
const PANELS: readonly (readonly [alerts: RegExp, dashboardUid: string, panelId: number])[] = [
  [/^Certificate/, region, 404],
  [/^AddressFailing$/, region, 403],
  [/^Connect(Failing|Slow)$/, region, 303],
  [/^(AllRegionsFailing|RegionFailing|RegionErrors)$/, fleet, 16],
  [/^WritesSlow$/, fleet, 15],
  [/^(AllRegionsSlow|RegionSurged|RegionSlow|RegionShifted)$/, fleet, 23],
  [/^RegionTail$/, region, 201],
  [/^(AllRegionsSilent|RegionSilent|BaselineMissing)$/, fleet, 8],
  [/^ScheduleStale$/, region, 601],
  [/^ScheduleSkips$/, region, 603],
  [/^(Backend|Worker)Restarting$/, region, 704],
  [/^EventLoopLate$/, region, 701],
  [/^ProbeTableGrows$/, region, 706],
  [/^(RulesEmpty|Watchdog)$/, objectives, 1],
  [/^Replica/, fleet, 19],
  [/^Visibility/, fleet, 20],
  [/^TunnelDown$/, region, 708],
  [/^TunnelContested$/, region, 709],
];

/** @throws for an alert that has no panel */
export function panelOf(alert: string): {
  readonly dashboardUid: string;
  readonly panelId: number;
} {
  const found = PANELS.find(([alerts]) => alerts.test(alert.replace(/^Pglatency/, '')));
  if (found === undefined)
    throw new Error(`${alert} has no panel: src/rules/grafana/alert-panel.ts`);
  const [, dashboardUid, panelId] = found;
  return { dashboardUid, panelId };
}
