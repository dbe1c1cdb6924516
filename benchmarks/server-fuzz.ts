import { conclude, progress, readOptions } from './harness.js';
import { fuzzServerSide } from './server-fuzz/fuzz.js';

const { seed, conversations, json } = readOptions(
  'fuzz:server',
  `Lets a backend talk to servers that answer wrongly, beside one that is healthy: conversations with a
real PostgreSQL are recorded, mutated as a seed says, and played. The backend has to live, to count every
run and to stay below 200 MiB; the healthy target must not notice.`,
  {
    seed: { default: 1, help: 'which mutations' },
    conversations: { default: 5_000, help: 'how many connections are answered' },
  },
);

const report = await fuzzServerSide({ seed, conversations, onProgress: progress });
if (json) console.log(JSON.stringify(report));
else {
  const within = report.isLimited ? ' in a control group of 256 MiB' : '';
  console.log(
    `${report.conversations} conversations, ${report.runs} scheduled runs, peak ${report.peakMib.toFixed(0)} MiB${within}`,
  );
  for (const fault of report.faults) console.log(fault);
}
conclude(report.faults.length === 0, 'no harm by any of them');
