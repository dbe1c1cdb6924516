import { readdirSync, readFileSync } from 'node:fs';
import { spawnCli } from './cli.js';
import { until } from './until.js';

export interface TestLab {
  url(region: string): string;
  /** The lab's Prometheus, of one that has it. */
  prometheusUrl(): Promise<string>;
  /** Ends one region's backend process. */
  endRegion(region: string): Promise<void>;
  stop(): Promise<void>;
}

/** A running `pglatency lab`, all of whose regions listen. */
export async function startTestLab(args: readonly string[], regions = 10): Promise<TestLab> {
  const lab = spawnCli(['lab', ...args]);
  const urls = () =>
    new Map(
      [...lab.stderr().matchAll(/^(\w+) +(http:\S+) {2}/gm)].map(([, region, url]) => [
        region,
        url,
      ]),
    );
  await until(
    () => {
      if (lab.child.exitCode !== null) throw new Error(`the lab ended: ${lab.stderr()}`);
      return urls().size === regions;
    },
    { withinMs: 90_000, what: 'the lab' },
  );
  return {
    url: (region) => urls().get(region) ?? `no ${region}`,
    prometheusUrl: () =>
      until(() => /^Prometheus: (\S+)$/m.exec(lab.stderr())?.[1], {
        withinMs: 60_000,
        what: 'its Prometheus',
      }),
    async endRegion(region) {
      const pid = backendsOf(lab.child.pid ?? 0).find((it) =>
        environmentOf(it).includes(`REGION=${region}`),
      );
      if (pid === undefined) throw new Error(`no backend of ${region}`);
      process.kill(pid, 'SIGTERM');
      await until(() => lab.stderr().includes(`${region}: its backend ended`));
    },
    async stop() {
      lab.kill('SIGINT');
      await lab.ended;
    },
  };
}

/** The processes that this one started. */
function backendsOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === parent;
      } catch {
        return false;
      }
    });
}

function environmentOf(pid: number): string[] {
  return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
}
