import { conclude, progress, readOptions, withBackend } from './harness.js';
import { fuzzHttp } from './fuzz/http.js';
import { fuzzPeers } from './fuzz/peers.js';

const REQUESTS = 2_000;
const ANSWERS = 1_000;
const BAD_LEVELS = ['error', 'fatal'];
const TOKEN = 'a-token-that-nobody-hears';

const { minutes, seed } = readOptions(
  'fuzz',
  `Requests that are made from the backend's own OpenAPI document, and answers of hostile peers, with one seed after the
other. A failure names the seed, and the smallest case that it could find.`,
  {
    minutes: { default: 60, help: 'how long' },
    seed: { default: 1, help: 'the first seed' },
  },
);

const endAt = performance.now() + minutes * 60_000;
const faults = await withBackend(
  { SCHEDULE: '* * * * * *', ITERATIONS: '2', API_TOKEN: TOKEN },
  async ({ url, backend, postgres }) => {
    const secrets = [TOKEN, postgres.password];
    let fault: string | null = null;
    for (let now = seed; performance.now() < endAt && fault === null; now++) {
      fault = await faultOf(url, secrets, now);
      if (backend.child.exitCode !== null) fault ??= 'the backend ended';
      progress(`seed ${now}: ${fault ?? 'ok'}`);
    }
    const bad = backend.logs().filter(({ level }) => BAD_LEVELS.includes(String(level)));
    return [fault, ...bad.map((line) => `the log: ${JSON.stringify(line)}`)].filter(
      (it) => it !== null,
    );
  },
);

async function faultOf(url: string, secrets: readonly string[], now: number) {
  try {
    await fuzzHttp({ url, secrets, seed: now, requests: REQUESTS });
    await fuzzPeers({ seed: now, answers: ANSWERS });
    return null;
  } catch (error) {
    if (!(error instanceof Error)) return String(error);
    // fast-check says what failed as the cause.
    const { cause } = error;
    return cause instanceof Error ? `${cause.message}\n${error.message}` : error.message;
  }
}

for (const fault of faults) console.log(fault);
conclude(faults.length === 0, 'no request and no answer does harm');
