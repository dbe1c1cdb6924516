import { fork } from 'node:child_process';
import { once } from 'node:events';
import { conclude, progress, readOptions, withBackend } from './harness.js';
import { comparePings, printPings, ROUNDS_PER_RUN } from './pings.js';

const MAX_RATIO = 2;

const { pairs, runs, json } = readOptions(
  'bench:isolation',
  'p99 of ping with nothing else to do, and under 500 requests a second on /api/info plus 4 scrapes a\n' +
    'second from another process: phases in turn, so that a drift of the machine hits both.',
  {
    pairs: { default: 5, help: 'pairs of an idle and a loaded phase' },
    runs: { default: 8, help: `runs of ${ROUNDS_PER_RUN} rounds in each phase` },
  },
);

const pings = await withBackend({ SCHEDULE: '0 0 1 1 *' }, ({ url }) =>
  comparePings(url, { pairs, runs }, async (measure) => {
    const load = fork(new URL('./load.ts', import.meta.url), [url]);
    await measure();
    load.send('end');
    const [sent] = (await once(load, 'message')) as [{ failures: number; requests: number }];
    progress(`  sent: ${JSON.stringify(sent)}`);
    if (sent.failures > 0) throw new Error('the backend refused some of the load');
  }),
);

if (json) console.log(JSON.stringify(pings));
else printPings(pings);
conclude(pings.ratio <= MAX_RATIO, `p99 under load within ${MAX_RATIO} × idle`);
