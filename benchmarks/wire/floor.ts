import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { captureWhile } from './capture.js';
import { wireMs } from './exchanges.js';
import type { Compared, Place } from './place.js';
import type { RawClientOptions, RawTimes } from './raw-client.js';

const WARM_UPS = 3_000;

/** tsx translates for the main thread alone; a worker has to ask for it. */
const START_RAW_CLIENT = `import(${JSON.stringify(import.meta.resolve('tsx/esm/api'))}).then((tsx) =>
  tsx.tsImport('./raw-client.ts', ${JSON.stringify(import.meta.url)}))`;

/** With the error on both sides of the wire; milliseconds. */
export interface ComparedFloor extends Compared {
  /** From the clock's reading until the request's packet was on the wire. */
  readonly beforeMs: readonly number[];
  /** From the arrival of the packet that completes the answer until the clock's reading. */
  readonly afterMs: readonly number[];
}

/** The least that Node can do: `SELECT 1` on a bare socket in a worker thread. */
export async function compareFloor(place: Place, rounds: number): Promise<ComparedFloor> {
  const { host, port, user } = place;
  const options: RawClientOptions = { host, port, user, warmUps: WARM_UPS, rounds };
  const worker = new Worker(START_RAW_CLIENT, { eval: true, workerData: options });
  try {
    await once(worker, 'message');
    place.arrive();
    const measure = async () => {
      worker.postMessage('go');
      const [times] = (await once(worker, 'message')) as [RawTimes[]];
      return times;
    };
    const { value: times, exchanges } = await captureWhile(port, measure, {
      select: (all) => all,
      expected: rounds,
    });
    const at = (i: number) => exchanges[i] ?? { sentAtMs: NaN, answeredAtMs: NaN };
    return {
      saidMs: times.map(({ sentAtMs, arrivedAtMs }) => arrivedAtMs - sentAtMs),
      wireMs: exchanges.map(wireMs),
      beforeMs: times.map(({ sentAtMs }, i) => at(i).sentAtMs - sentAtMs),
      afterMs: times.map(({ arrivedAtMs }, i) => arrivedAtMs - at(i).answeredAtMs),
    };
  } finally {
    place.leave();
    await worker.terminate();
  }
}
