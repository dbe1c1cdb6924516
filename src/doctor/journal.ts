import type { Screen } from '../ping/screen.js';
import type { Check } from './checks/check.js';
import type { Result } from './examine.js';
import { renderCounts, renderResult, renderTitle, type RenderOptions } from './render.js';
import type { Report } from './report.js';

/** What is written down of one report: each result as soon as those before it are known. */
export interface Journal {
  note(result: Result): void;
  /** Prints what is left and the counts. What has no result was interrupted. */
  end(): Report;
}

export interface JournalSubject extends Pick<Report, 'label' | 'title'> {
  /** In the order in which people read them. */
  readonly checks: readonly Pick<Check, 'name' | 'why'>[];
}

export interface JournalOptions {
  readonly screen: Screen;
  readonly render: RenderOptions;
  /** Prints nothing. */
  readonly isQuiet: boolean;
}

export function createJournal(
  { label, title, checks }: JournalSubject,
  { screen, render, isQuiet }: JournalOptions,
): Journal {
  const known = new Map<string, Result>();
  const printed = new Set<string>();
  const print = (lines: readonly string[]) => {
    if (!isQuiet) screen.lines(lines);
  };
  const printResult = (result: Result) => {
    print(renderResult(result, render));
    printed.add(result.check.name);
  };
  const showStatus = () => {
    const left = checks.filter(({ name }) => !known.has(name)).map(({ name }) => name);
    if (!isQuiet && left.length > 0) screen.status(`  … ${left.join(', ')}`);
  };
  print(renderTitle({ label, title, results: [] }, render));
  showStatus();

  return {
    note(result) {
      known.set(result.check.name, result);
      for (const { name } of checks) {
        const next = known.get(name);
        if (next === undefined) break;
        if (!printed.has(name)) printResult(next);
      }
      showStatus();
    },
    end() {
      const results = checks.map((check) => known.get(check.name) ?? { check, findings: null });
      for (const result of results) {
        if (!printed.has(result.check.name)) printResult(result);
      }
      const report = { label, title, results };
      print(['', renderCounts(report), '']);
      return report;
    },
  };
}
