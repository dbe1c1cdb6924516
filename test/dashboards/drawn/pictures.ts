import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { allDashboards } from '../../../src/dashboards/dashboards.js';
import { startPrometheus } from '../../../src/replay/prometheus.js';
import { startBrowser } from '../../helpers/browser.js';
import { findTool } from '../../helpers/tools.js';
import { bundle, installLibraries, openBundle, ORIGIN } from './pictures/bundle.js';
import { readOptions, UsageError, type Options } from './pictures/options.js';
import { PHONE_BELOW, type Scene } from './pictures/scene.js';
import { chosenIn, WINDOW } from './prepared/chosen.js';
import { NOW } from './prepared/series.js';
import { STATES, type Prepared } from './prepared/states.js';
import { writeStates } from './prepared/write.js';

/** `npm run dashboards:pictures`: the dashboards in each prepared state, for people to look at. */
const FIRST_SCREEN = { desktop: 1_000, phone: 844 } as const;
const MOST_MS = 120_000;

interface Studio {
  readonly page: Page;
  readonly options: Options;
}

async function main(args: readonly string[]): Promise<void> {
  const options = readOptions(args);
  if (options === null) return;
  const chromium = toolOf('chromium');
  toolOf('prometheus');
  installLibraries();
  const files = await bundle();
  const folder = mkdtempSync(join(tmpdir(), 'pglatency-pictures-'));
  const states = STATES.filter(({ name }) => options.states.includes(name));
  try {
    await writeStates(folder, states);
    const prometheus = await startPrometheus(folder);
    const browser = await startBrowser(chromium, { timezoneId: 'UTC', locale: 'en-US' });
    try {
      const page = await browser.context.newPage();
      page.setDefaultTimeout(MOST_MS);
      await page.clock.setFixedTime(NOW * 1_000);
      await openBundle(page, files, prometheus.url);
      mkdirSync(options.out, { recursive: true });
      for (const state of states) await drawState({ page, options }, state);
    } finally {
      await browser.close();
      await prometheus.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function toolOf(name: string): string {
  const path = findTool(name);
  if (path === null) throw new Error(`${name} is missing (Debian: apt install ${name})`);
  return path;
}

async function drawState(studio: Studio, state: Prepared): Promise<void> {
  for (const [file, dashboard] of allDashboards()) {
    const name = file.replace('.json', '');
    if (!studio.options.dashboards.includes(name)) continue;
    for (const width of studio.options.widths) {
      const chosen = chosenIn(state, file);
      const scene: Scene = { url: ORIGIN, window: WINDOW, dashboard, chosen, width };
      const path = join(studio.options.out, `${state.name}-${name}-${width}.png`);
      await draw(studio, scene, path);
      console.log(path);
    }
  }
}

async function draw({ page, options }: Studio, scene: Scene, path: string): Promise<void> {
  const { width } = scene;
  const height = width < PHONE_BELOW ? FIRST_SCREEN.phone : FIRST_SCREEN.desktop;
  await page.setViewportSize({ width, height });
  await page.reload();
  const faults: string[] = [];
  const note = (error: Error) => faults.push(error.stack ?? error.message);
  page.on('pageerror', note);
  await page.waitForFunction('globalThis.drawScene !== undefined');
  await page.evaluate(
    (it) => (globalThis as unknown as { drawScene(it: unknown): Promise<void> }).drawScene(it),
    // Without the builders' own methods, which do not cross.
    JSON.parse(JSON.stringify(scene)) as unknown,
  );
  await page.waitForFunction('document.getElementById("root").childElementCount > 0');
  if (!options.firstScreen) {
    const whole = Number(await page.evaluate('document.documentElement.scrollHeight'));
    await page.setViewportSize({ width, height: Math.max(height, whole) });
  }
  await settled(page, path);
  page.off('pageerror', note);
  if (faults.length > 0) throw new Error(`${path}: the page failed: ${faults.join('\n')}`);
}

/** Takes pictures until one is like the one before: columns and fonts take a moment to find their size. */
async function settled(page: Page, path: string): Promise<void> {
  const deadline = Date.now() + MOST_MS;
  let before: Buffer | undefined;
  for (;;) {
    const picture = await page.screenshot({ path });
    if (before?.equals(picture) === true) return;
    if (Date.now() > deadline) throw new Error(`${path}: the page never comes to rest`);
    before = picture;
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(`dashboards:pictures: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
