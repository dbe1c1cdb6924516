import type { Result } from './examine.js';
import { countsOf, statusOf, type Report } from './report.js';

/** All that was found, for scripts; what was not looked at is null or `unknown`, and never `ok`. */
export function toJson(databases: readonly Report[], fleet: Report | null) {
  return {
    targets: databases.map(reportJson),
    fleet: fleet === null ? null : reportJson(fleet),
  };
}

function reportJson({ label, title, results }: Report) {
  return { target: label, title, counts: countsOf(results), checks: results.map(resultJson) };
}

function resultJson(result: Result) {
  const { check, findings } = result;
  return {
    check: check.name,
    status: statusOf(result) ?? 'interrupted',
    findings: (findings ?? []).map(({ status, found, why, mend }) => ({
      ...{ status, found, why: why ?? check.why, mend },
    })),
  };
}
