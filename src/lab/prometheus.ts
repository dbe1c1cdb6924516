import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { atExit } from './at-exit.js';
import { endChild, isRunning, keepLastLines } from './child.js';
import { findFreePort } from './ports.js';

const READY_TIMEOUT_MS = 20_000;
const STOP_GRACE_MS = 5_000;
/** The lab runs every few seconds; once a minute would show a newcomer nothing. */
const SCRAPE_INTERVAL = '5s';
const RULES_FOLDER = fileURLToPath(new URL('../../prometheus/rules/', import.meta.url));

export interface PrometheusOptions {
  /** Between two scrapes; default 5s. */
  readonly scrapeInterval?: string;
  /** Where the rules are; default the project's own, if they are there. */
  readonly rulesFolder?: string;
}

/**
 * Starts a Prometheus on a free port of the loopback that scrapes these backends, with the project's
 * rules, and its data in a temporary folder.
 *
 * @param program the path of Prometheus
 * @throws Error with its last words, leaving nothing behind.
 */
export async function startPrometheus(
  program: string,
  backendUrls: readonly string[],
  options: PrometheusOptions = {},
): Promise<{ url: string; stop: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'pglatency-prometheus-'));
  const configFile = join(folder, 'prometheus.json');
  await writeFile(configFile, prometheusConfig(backendUrls, options));
  const port = await findFreePort();
  const child = spawn(
    program,
    [
      `--config.file=${configFile}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { cwd: folder, detached: true, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const forgetExit = atExit(() => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  });
  const stop = async () => {
    await endChild(child, ['SIGTERM', 'SIGKILL'], STOP_GRACE_MS);
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
    forgetExit();
  };
  const url = `http://127.0.0.1:${port}`;
  const lastWords = keepLastLines(child.stderr, 10);
  child.on('error', (error) => lastWords.push(error.message));
  if (await becomesReady(child, url)) return { url, stop };
  await stop();
  throw new Error(['prometheus did not become ready; its last words:', ...lastWords].join('\n  '));
}

/** JSON, which is YAML too. */
function prometheusConfig(
  backendUrls: readonly string[],
  { scrapeInterval = SCRAPE_INTERVAL, rulesFolder = RULES_FOLDER }: PrometheusOptions,
): string {
  return JSON.stringify({
    global: { scrape_interval: scrapeInterval, evaluation_interval: scrapeInterval },
    rule_files: existsSync(rulesFolder) ? [join(rulesFolder, '*.yml')] : [],
    scrape_configs: [
      {
        job_name: 'pglatency',
        // The backends name their own region.
        honor_labels: true,
        static_configs: [{ targets: backendUrls.map((url) => new URL(url).host) }],
      },
    ],
  });
}

async function becomesReady(child: ChildProcess, url: string): Promise<boolean> {
  const deadline = performance.now() + READY_TIMEOUT_MS;
  while (isRunning(child) && performance.now() < deadline) {
    const ready = await fetch(`${url}/-/ready`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (ready) return true;
    await delay(100);
  }
  return false;
}
