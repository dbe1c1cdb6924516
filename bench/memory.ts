import { conclude, progress, readOptions, residentMb, withBackend } from './harness.js';

const SAMPLE_INTERVAL_MS = 5_000;
const MAX_RSS_MB = 110;
const MAX_GROWTH_MB = 3;

const { minutes, json } = readOptions(
  'bench:memory',
  'Resident set of a production backend with one target and a run every second.',
  { minutes: { default: 10, help: 'how long; the second half must not grow' } },
);

const perMinute = Math.round(60_000 / SAMPLE_INTERVAL_MS);
const samples: number[] = [];

await withBackend({ SCHEDULE: '* * * * * *' }, async ({ backend }) => {
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
if (json) console.log(JSON.stringify({ minutes, peakMb, middleMb, endMb, growthMb }));
else {
  console.log(`peak ${peakMb.toFixed(1)} MB (at most ${MAX_RSS_MB})`);
  console.log(
    `minute ${Math.ceil(minutes / 2)}: ${middleMb.toFixed(1)} MB, minute ${minutes}: ` +
      `${endMb.toFixed(1)} MB, growth ${growthMb.toFixed(1)} MB (at most ${MAX_GROWTH_MB})`,
  );
}
conclude(peakMb < MAX_RSS_MB && growthMb <= MAX_GROWTH_MB, 'small, and not growing');
