import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parse, stringify } from 'yaml';
import { endChild, isRunning, keepLastLines } from '../../src/lab/child.js';
import { findFreePort } from '../../src/lab/ports.js';
import { until } from './until.js';

/** For so long VictoriaMetrics hides what is new; 30 by default, and each level of rules waits for it anew. */
const LATENCY_OFFSET_SECONDS = 5;

export interface VictoriaMetrics {
  /** vmalert's: it answers `/api/v1/alerts` as Prometheus does. */
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * A VictoriaMetrics that scrapes what this Prometheus scrapes, and a vmalert that evaluates its rule
 * files over it.
 *
 * @param rulesFolder what it has is read in place of Prometheus's file of that name
 * @param timesAsQuick by how much the rules' durations were divided; so are VictoriaMetrics' own
 */
export async function startVictoriaMetrics(
  prometheusUrl: string,
  rulesFolder: string,
  timesAsQuick: number,
): Promise<VictoriaMetrics> {
  const folder = mkdtempSync(join(tmpdir(), 'pglatency-test-victoria-'));
  const children: ChildProcess[] = [];
  const stop = async () => {
    for (const child of children.reverse()) await endChild(child, ['SIGTERM', 'SIGKILL'], 5_000);
    rmSync(folder, { recursive: true, force: true });
  };
  const start = async (program: string, args: readonly string[]) => {
    const port = await findFreePort();
    const own = [`--httpListenAddr=127.0.0.1:${port}`, '--loggerLevel=WARN'];
    const child = spawn(program, [...own, ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    children.push(child);
    const lastWords = keepLastLines(child.stderr, 10);
    const url = `http://127.0.0.1:${port}`;
    await until(
      () => {
        if (!isRunning(child)) throw new Error(`${program} ended: ${lastWords.join('\n')}`);
        return fetch(`${url}/health`).then(
          ({ ok }) => ok,
          () => false,
        );
      },
      { withinMs: 20_000, what: program },
    );
    return url;
  };
  try {
    const { scrape, rules } = await configOf(prometheusUrl);
    const scrapeFile = join(folder, 'scrape.yml');
    writeFileSync(scrapeFile, scrape);
    const seconds = (real: number) => `${Math.ceil(real / timesAsQuick)}s`;
    const database = await start('victoria-metrics', [
      `--storageDataPath=${join(folder, 'data')}`,
      `--promscrape.config=${scrapeFile}`,
      // Prometheus fills in defaults that are its own.
      '--promscrape.config.strictParse=false',
      `--search.latencyOffset=${seconds(LATENCY_OFFSET_SECONDS)}`,
    ]);
    const url = await start('vmalert', [
      ...rules.map((file) => {
        const own = join(rulesFolder, basename(file));
        return `--rule=${existsSync(own) ? own : file}`;
      }),
      `--datasource.url=${database}`,
      `--datasource.queryStep=${seconds(300)}`,
      `--remoteWrite.url=${database}`,
      `--remoteWrite.flushInterval=${seconds(5)}`,
      // Nobody listens there: the alerts are read from vmalert itself.
      `--notifier.url=http://127.0.0.1:${await findFreePort()}`,
    ]);
    return { url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface PrometheusConfig {
  readonly global: { readonly scrape_interval: string };
  readonly rule_files: readonly string[];
  readonly scrape_configs: unknown;
}

/** What Prometheus says that it was configured with. */
async function configOf(url: string): Promise<{ scrape: string; rules: readonly string[] }> {
  const answer = await fetch(`${url}/api/v1/status/config`);
  const { data } = (await answer.json()) as { data: { yaml: string } };
  const config = parse(data.yaml) as PrometheusConfig;
  const { global, scrape_configs, rule_files } = config;
  const { scrape_interval } = global;
  return { scrape: stringify({ global: { scrape_interval }, scrape_configs }), rules: rule_files };
}
