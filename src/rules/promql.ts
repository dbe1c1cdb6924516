/** What the rules read: a backend's own series, and what a rule recorded of them. */
const SERIES =
  /(?<![\w:])((?:[a-z_]+:)?pglatency_[a-z0-9_:]+|process_start_time_seconds|nodejs_eventloop_lag_p99_seconds)(\{(?!fleet[=!]))?/g;

/** An expression that reads one fleet's series only. */
export function inFleet(expr: string, fleet: string | null): string {
  if (fleet === null) return expr;
  return expr.replace(SERIES, (_, name: string, matchers?: string) =>
    matchers === undefined ? `${name}{fleet="${fleet}"}` : `${name}{fleet="${fleet}", `,
  );
}
