/**
 * Time runs ten times as fast as in production: a day's picture in minutes. Everything that goes by the
 * clock is sped up alike, so that a run meets what it meets there: as many rows of this region, as many
 * runs between two checkpoints and between two visits of the autovacuum. The rest is the default.
 */
export const SPEED = 10;
export const REGIONS = 10;
export const ROUNDS = 10;
/** The default schedule is a run a minute. */
export const RUNS_A_DAY = REGIONS * 24 * 60;
export const RUN_INTERVAL_SECONDS = 60 / SPEED;
/** RETENTION is an hour by default. */
export const RETENTION_SECONDS = 3_600 / SPEED;

/** Of the server; PostgreSQL's defaults are five minutes and one minute. */
export const SERVER_SETTINGS = {
  checkpoint_timeout: `${300 / SPEED}s`,
  autovacuum_naptime: `${60 / SPEED}s`,
  shared_preload_libraries: 'pg_stat_statements',
  ssl: 'on',
};

/** Each region at a second of its own, as far as there are enough: a schedule of minutes sees to that itself. */
export function backendSettings(place: number): Record<string, string> {
  return {
    SCHEDULE: `${place % RUN_INTERVAL_SECONDS}-59/${RUN_INTERVAL_SECONDS} * * * * *`,
    RETENTION: `${RETENTION_SECONDS}s`,
  };
}
