import { parseArgs } from 'node:util';
import { allDashboards } from '../../../../src/dashboards/dashboards.js';
import { STATES } from '../prepared/states.js';

const STATE_NAMES = STATES.map(({ name }) => name);
const DASHBOARDS = [...allDashboards().keys()].map((file) => file.replace('.json', ''));
const WIDTHS = [1_600, 1_280, 390];
const FOLDER = 'test/dashboards/pictures';

const HELP = `Usage: npm run dashboards:pictures -- [options]

Draws each dashboard in each prepared state as a PNG, with Grafana's own libraries in Chromium. It needs Chromium and
Prometheus, and no network after the first time. Without options it draws all, which takes some minutes.

  --state NAME       only this state, as often as you like: ${STATE_NAMES.join(', ')}
  --dashboard NAME   only this dashboard, as often as you like: ${DASHBOARDS.join(', ')}
  --width PIXELS     in place of ${WIDTHS.join(', ')}, as often as you like; below 769 as on a phone
  --first-screen     only what is seen without scrolling
  --out FOLDER       in place of ${FOLDER}, which git ignores
  --help             this text
`;

export interface Options {
  readonly states: readonly string[];
  readonly dashboards: readonly string[];
  readonly widths: readonly number[];
  readonly firstScreen: boolean;
  readonly out: string;
}

/** What is wrong with the command line, for the person who wrote it. */
export class UsageError extends Error {}

/**
 * @returns null where only the help is asked for, which is printed
 * @throws UsageError
 */
export function readOptions(args: readonly string[]): Options | null {
  const { values } = parse(args);
  if (values.help === true) {
    process.stdout.write(HELP);
    return null;
  }
  return {
    states: known('--state', values.state, STATE_NAMES),
    dashboards: known('--dashboard', values.dashboard, DASHBOARDS),
    widths: values.width?.map(pixels) ?? WIDTHS,
    firstScreen: values['first-screen'] === true,
    out: values.out ?? FOLDER,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        state: { type: 'string', multiple: true },
        dashboard: { type: 'string', multiple: true },
        width: { type: 'string', multiple: true },
        'first-screen': { type: 'boolean' },
        out: { type: 'string' },
        help: { type: 'boolean' },
      },
    });
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function known(option: string, given: readonly string[] | undefined, all: readonly string[]) {
  for (const value of given ?? []) {
    if (all.includes(value)) continue;
    throw new UsageError(`${option}: "${value}" is not one of ${all.join(', ')}`);
  }
  return given ?? all;
}

function pixels(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 200 && value <= 4_000) return value;
  throw new UsageError(`--width: "${text}" is not a whole number of pixels from 200 to 4000`);
}
