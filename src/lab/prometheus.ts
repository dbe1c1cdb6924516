import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { atExit } from './at-exit.js';
import { endChild, isRunning, keepLastLines } from './child.js';
import { labRules, REPLACED_RULE_FILES, type KnownRegion } from './lab-rules.js';
import { findFreePort } from './ports.js';

const READY_TIMEOUT_MS = 20_000;
const STOP_GRACE_MS = 5_000;
/** The lab measures every few seconds; with one scrape a minute a new user would see nothing. */
const SCRAPE_INTERVAL = '5s';
const RULES_FOLDER = fileURLToPath(new URL('../../prometheus/rules/', import.meta.url));

export interface PrometheusOptions {
  /** Between two scrapes; default 5s. */
  readonly scrapeInterval?: string;
  /** Where the rules are; default the project's own. */
  readonly rulesFolder?: string;
  /** More of the job that scrapes. */
  readonly scrape?: Readonly<Record<string, unknown>>;
  /** More of the command line. */
  readonly flags?: readonly string[];
  /** In place of what takes days to learn: see lab-rules.ts. */
  readonly known?: readonly KnownRegion[];
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
  const ruleFiles = await chooseRules(folder, options);
  await writeFile(configFile, prometheusConfig(backendUrls, ruleFiles, options));
  const port = await findFreePort();
  const child = spawn(
    program,
    [
      `--config.file=${configFile}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      ...(options.flags ?? []),
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
  throw new Error(
    ['prometheus did not become ready; the end of its log:', ...lastWords].join('\n  '),
  );
}

/** The rule files, one of which may be written here. */
async function chooseRules(
  folder: string,
  { rulesFolder = RULES_FOLDER, known }: PrometheusOptions,
): Promise<string[]> {
  if (!existsSync(rulesFolder)) throw new Error(`${rulesFolder} is not here: there are no rules`);
  if (known === undefined) return [join(rulesFolder, '*.yml')];
  const names = (await readdir(rulesFolder)).filter((name) => name.endsWith('.yml'));
  const own = join(folder, 'lab-rules.json');
  await writeFile(own, labRules(known));
  const kept = names.filter((name) => !REPLACED_RULE_FILES.includes(name));
  return [own, ...kept.map((name) => join(rulesFolder, name))];
}

/** JSON, which is YAML too. */
function prometheusConfig(
  backendUrls: readonly string[],
  ruleFiles: readonly string[],
  { scrapeInterval = SCRAPE_INTERVAL, scrape }: PrometheusOptions,
): string {
  return JSON.stringify({
    global: { scrape_interval: scrapeInterval, evaluation_interval: scrapeInterval },
    rule_files: ruleFiles,
    scrape_configs: [
      {
        job_name: 'pglatency',
        ...scrape,
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
