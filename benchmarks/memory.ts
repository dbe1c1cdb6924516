import { rmSync } from 'node:fs';
import { atExit } from '../src/lab/at-exit.js';
import { createTargetsFile } from '../test/helpers/targets-file.js';
import { conclude, progress, readOptions, residentMb, withBackend } from './harness.js';

const SAMPLE_INTERVAL_MS = 5_000;
const MAX_RSS_MB = 110;
const MAX_MB_A_TARGET = 4;
const MAX_GROWTH_MB = 3;

const { minutes, targets, json } = readOptions(
  'bench:memory',
  'Resident set of a production backend with a run of each target every second.',
  {
    minutes: { default: 10, help: 'how long; the second half must not grow' },
    targets: { default: 1, help: 'how many, at most 16' },
  },
);
const maxMb = MAX_RSS_MB + (targets - 1) * MAX_MB_A_TARGET;

const perMinute = Math.round(60_000 / SAMPLE_INTERVAL_MS);
const samples: number[] = [];

const file = createTargetsFile();
atExit(() => rmSync(file.folder, { recursive: true, force: true }));
const env = { SCHEDULE: '* * * * * *', TARGETS_FILE: file.path };
await withBackend(env, async ({ backend, postgres }) => {
  const { host, port } = postgres;
  file.write(Array.from({ length: targets - 1 }, (_, i) => ({ name: `t${i + 2}`, host, port })));
  backend.kill('SIGHUP');
  const { pid } = backend.child;
  for (let sample = 1; sample <= minutes * perMinute; sample++) {
    await new Promise((resolve) => setTimeout(resolve, SAMPLE_INTERVAL_MS));
    samples.push(await residentMb(pid));
    if (sample % perMinute === 0) {
      progress(`minute ${sample / perMinute}: ${minuteMean(sample / perMinute).toFixed(1)} MB`);
    }
  }
  const runs = backend.logs().filter(({ msg, outcome }) => msg === 'run' && outcome === 'success');
  progress(`${runs.length} successful runs`);
});

/** The mean over a minute, from 1: a garbage collection more or less is no growth. */
function minuteMean(minute: number): number {
  const of = samples.slice((minute - 1) * perMinute, minute * perMinute);
  return of.reduce((sum, mb) => sum + mb, 0) / of.length;
}

const peakMb = Math.max(...samples);
const [middleMb, endMb] = [minuteMean(Math.ceil(minutes / 2)), minuteMean(minutes)];
const growthMb = endMb - middleMb;
if (json) console.log(JSON.stringify({ minutes, targets, peakMb, middleMb, endMb, growthMb }));
else {
  console.log(`peak ${peakMb.toFixed(1)} MB (at most ${maxMb})`);
  console.log(
    `minute ${Math.ceil(minutes / 2)}: ${middleMb.toFixed(1)} MB, minute ${minutes}: ` +
      `${endMb.toFixed(1)} MB, growth ${growthMb.toFixed(1)} MB (at most ${MAX_GROWTH_MB})`,
  );
}
conclude(peakMb < maxMb && growthMb <= MAX_GROWTH_MB, 'small, and not growing');
