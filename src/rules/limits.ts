import { OPERATION_SECONDS } from './series.js';

/**
 * Limits of the alerts that a reader of the dashboards needs too: the rules and the colours of the dashboards
 * come from here. The measurements behind them are in docs/alerts-evidence.md.
 */
export const LIMITS = {
  /** Of normal: a ticket, when it lasts. */
  shifted: 1.15,
  /** Of normal, for eight of ten runs; and of the hour before, for the same runs: a ticket. */
  step: 1.12,
  stepSinceHour: 1.14,
  /** Of normal, for eight of ten runs of an hour: a ticket. */
  drift: 1.12,
  /** Of normal, for every run of two minutes: a page. */
  surged: 1.7,
  /** Of normal: a page. */
  slow: 1.3,
  /** Of the operations of half an hour: a ticket. */
  errors: 0.05,
  /** Of the operations of three runs: a page. */
  failing: 0.35,
  /** Of the new connections: a page. */
  connectFailing: 0.5,
  /** Days that are left of a certificate: a page, and a ticket. */
  certificatePageDays: 3,
  certificateTicketDays: 21,
  /** Seconds at p99: a ticket. */
  eventLoop: 0.1,
} as const;

/** A share of the regions, for an average of ones and zeros: seven of ten may come out a hair below 0.7. */
export const shareOfRegions = (share: number) => (share - 0.001).toFixed(3);

/** A select's excess that alerts: its own normal, but at least 0.5 ms, and at most so many seconds. */
const aboveFloor = (mostSeconds: number) =>
  `${OPERATION_SECONDS}:excess_now > clamp(${OPERATION_SECONDS}:baseline, 0.0005, ${mostSeconds})`;

/** Seconds: the largest of the floors of a page, and of a ticket. */
export const FLOOR_SECONDS = { slow: 0.002, shifted: 0.0015 } as const;

/** The select of a region that is above a limit, as an expression; the region hub has limits of its own. */
export const regionAbove = (limit: keyof typeof FLOOR_SECONDS) => `
      ${OPERATION_SECONDS}:median_now{operation="select", region!="hub"}
      and ${OPERATION_SECONDS}:ratio_now > ${LIMITS[limit]}
      and ${aboveFloor(FLOOR_SECONDS[limit])}`;

/** Beside the database a select takes hardly anything, so that it needs a higher floor. */
export const HUB = { ratio: 1.3, excessSeconds: 0.003 } as const;
