import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { afterAll, beforeAll, describe, expect, it, vi, type TestContext } from 'vitest';
import { startPrometheus, type Prometheus } from '../../../src/replay/prometheus.js';
import { allDashboards } from '../../../src/dashboards/dashboards.js';
import { findTool, requireTool } from '../../helpers/tools.js';
import { drawDashboard, type Drawn } from './draw.js';
import { isInstalled, loadGrafana } from './grafana.js';
import type { Grafana } from './library.js';
import { chosenIn, WINDOW } from './prepared/chosen.js';
import { NOW } from './prepared/series.js';
import { STATES, type Prepared } from './prepared/states.js';
import { writeStates } from './prepared/write.js';
import { mayBeEmpty } from './empty.js';
import { faultsOf, isEmpty } from './sound.js';
import { textOf } from './text.js';
import { valuesOf } from './variables.js';

/**
 * Draws every panel of every dashboard in prepared states, as far as its data goes, and holds it against what somebody
 * has read and found right. After a change: WRITE=1 in the environment writes the files; read the difference.
 */
const FOLDER = fileURLToPath(new URL('../expected', import.meta.url));

let folder: string | undefined;
let prometheus: Prometheus | undefined;
let grafana: Grafana;
const ready = isInstalled() && findTool('prometheus') !== null;

beforeAll(async () => {
  if (!ready) return;
  grafana = loadGrafana();
  folder = mkdtempSync(join(tmpdir(), 'pglatency-drawn-'));
  await writeStates(folder);
  prometheus = await startPrometheus(folder);
}, 240_000);

afterAll(async () => {
  vi.useRealTimers();
  await prometheus?.stop();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
}, 30_000);

async function draw(state: Prepared, dashboards = allDashboards()): Promise<Drawn[]> {
  // "30 minutes ago" is counted from here.
  vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1_000 });
  const place = { grafana, url: prometheus?.url ?? '', window: WINDOW };
  const drawn: Drawn[] = [];
  for (const [file, dashboard] of dashboards) {
    const values = valuesOf(dashboard, chosenIn(state, file));
    drawn.push(...(await drawDashboard(place, dashboard, values)));
  }
  return drawn;
}

/** The lines that differ, each under the panel that it belongs to. */
function differencesOf(state: string, expected: string, text: string): string[] {
  const blocks = (all: string) =>
    new Map(all.split(/\n(?=## )/).map((block) => [block.split('\n')[0] ?? '', block]));
  const [before, now] = [blocks(expected), blocks(text)];
  return [...new Set([...before.keys(), ...now.keys()])]
    .filter((heading) => before.get(heading) !== now.get(heading))
    .map((heading) => {
      const was = new Set(before.get(heading)?.split('\n'));
      const is = now.get(heading)?.split('\n') ?? [];
      const lines = is.filter((line) => !was.has(line));
      const gone = [...was].filter((line) => !is.includes(line));
      return `${state}: ${heading}\n${[...gone.map((l) => `- ${l}`), ...lines.map((l) => `+ ${l}`)].join('\n')}`;
    });
}

describe('what is seen', () => {
  it.for(STATES.map((state) => [state.name, state] as const))(
    'in the state %s',
    { timeout: 60_000 },
    async ([name, state], context) => {
      requireTool(context, 'prometheus', 'Debian: prometheus');
      requirePackage(context);
      const drawn = await draw(state);
      const text = textOf(state.what, drawn);
      const file = join(FOLDER, `${name}.txt`);
      if (process.env['WRITE'] === '1') writeFileSync(file, text);
      const empty = drawn
        .filter((panel) => isEmpty(panel) && !mayBeEmpty(state, panel))
        .map(({ dashboard, id, title }) => `${name}: ${dashboard} ${id} "${title}" is empty`);
      expect([...drawn.flatMap((panel) => faultsOf(name, panel)), ...empty]).toEqual([]);
      const expected = existsSync(file) ? readFileSync(file, 'utf8') : '';
      expect(differencesOf(name, expected, text)).toEqual([]);
    },
  );
});

describe('a dashboard that was broken on purpose', () => {
  /** What this test says of a dashboard in a state, after a text of it was changed. */
  async function saidOf(file: string, from: string, to: string, name = 'failing') {
    const state = STATES.find((one) => one.name === name) as Prepared;
    const dashboard = allDashboards().get(file) as Dashboard;
    const text = JSON.stringify(dashboard);
    expect(text).toContain(from);
    const broken = JSON.parse(text.replaceAll(from, to)) as Dashboard;
    const drawn = await draw(state, new Map([[file, broken]]));
    const faults = drawn.flatMap((panel) => faultsOf(name, panel));
    const expected = readFileSync(join(FOLDER, `${name}.txt`), 'utf8');
    return [...faults, ...differencesOf(name, expected, textOf(state.what, drawn))];
  }

  it('is named with its panel and state: a colour', async (context) => {
    requirePackage(context);
    // The colour of what was not measured becomes the one of what is well.
    const said = await saidOf(
      'region.json',
      '"color":"#8E8E8E","index":99',
      '"color":"#56A64B","index":99',
    );
    expect(said.join('\n')).toContain(
      'failing: Region 102 "Select now": "" has no value, and the colour normal',
    );
  });

  it('is named with its panel and state: a line that hides its change', async (context) => {
    requirePackage(context);
    const said = await saidOf(
      'fleet.json',
      '"id":"decimals","value":6',
      '"id":"decimals","value":1',
      'slow',
    );
    expect(said).toContain(
      'slow: Fleet 9 "Ranking": "Select over time" changes, and is drawn as a flat line',
    );
  });

  it('is named with its panel and state: two lines of one colour', async (context) => {
    requirePackage(context);
    const said = await saidOf('region.json', '#C8841E', '#8AB8FF');
    expect(said).toContain(
      'failing: Region 701 "Event loop lag": "p50" and "p99" have nearly the same colour',
    );
  });

  it('is named with its panel and state: one of forty regions in the colour of another', async (context) => {
    requirePackage(context);
    const said = await saidOf('fleet.json', '#E4D8CC', '#78A890', 'forty-regions');
    expect(said).toContain(
      'forty-regions: Fleet 10 "Select by region": "af-south-1" and "ap-east-1" have nearly the same colour',
    );
  });

  it('is named with its panel and state: a text that is cut', async (context) => {
    requirePackage(context);
    const said = await saidOf(
      'fleet.json',
      '"id":"custom.width","value":65',
      '"id":"custom.width","value":50',
    );
    expect(said).toContain(
      'failing: Fleet 21 "What is wrong now": "26 mins" does not fit into the column "For"',
    );
  });

  it('is named with its panel and state: a query', async (context) => {
    requirePackage(context);
    const said = await saidOf(
      'fleet.json',
      'pglatency_operation_failures:ratio_5m',
      'pglatency_no_such:ratio',
    );
    const headings = said.map((one) => one.split('\n')[0]);
    expect(headings).toContain('failing: ## Fleet 16: Failed operations (timeseries)');
    expect(headings).toContain('failing: ## Fleet 9: Ranking (table)');
    expect(headings).not.toContain('failing: ## Fleet 10: Select by region (timeseries)');
  });
});

/** Skips loudly where the package beside this file is not installed; fails where CI=true. */
function requirePackage(context: TestContext): void {
  if (ready) return;
  const message = 'test/dashboards/drawn is not installed: npm run dashboards:drawn installs it';
  if (process.env['CI'] === 'true') throw new Error(message);
  console.warn(`\n*** SKIPPED, because ${message} ***\n`);
  context.skip(message);
}
