import { startEmbeddedPostgres } from '../src/lab/embedded-postgres.js';
import { conclude, progress, readOptions } from './harness.js';
import { whatGrows } from './soak/judge.js';
import { soak, type SoakSample } from './soak/soak.js';

const { minutes, json } = readOptions(
  'bench:soak',
  `A run a second of eight targets, of which one comes and goes, one hangs and one refuses, while the backend is scraped,
polled and reloaded: nothing may grow. An hour has as many ticks as 2.5 days with a run a minute.`,
  { minutes: { default: 60, help: 'how long' } },
);

const postgres = await startEmbeddedPostgres();
let samples: SoakSample[];
try {
  const env = {
    ...{ DB_HOST: postgres.host, DB_PORT: String(postgres.port), DB_USER: postgres.user },
    ...{ DB_PASSWORD: postgres.password, DB_NAME: 'postgres', DB_SSLMODE: 'disable' },
  };
  samples = await soak({ env, minutes, onProgress: progress });
} finally {
  await postgres.dispose();
}

if (json) console.log(JSON.stringify(samples));
else {
  const cells = (values: readonly unknown[]) =>
    values.map((value) => String(value).padStart(12)).join('');
  console.log(cells(['second', 'descriptors', 'heap MB', 'series', 'log lines', 'runs']));
  for (const { atS, descriptors, heapMb, series, logLines, runs } of samples)
    console.log(cells([atS, descriptors, heapMb.toFixed(1), series, logLines, runs]));
}
const faults = whatGrows(samples);
for (const fault of faults) progress(fault);
conclude(faults.length === 0, 'descriptors, heap, series and log lines stay flat');
