import { historyAnswer, latestAnswer } from '../../src/api/answers.js';
import { createRandom } from './random.js';

/** Callers that ask for runs of all targets until they are stopped. */
export interface Demand {
  /** Answers that no caller should get. */
  readonly faults: readonly string[];
  stop(): Promise<void>;
}

/** A run, a run whose database failed in whatever way, or one that is under way already. */
const STATUSES = [200, 429, 502, 503, 504];
const IMPATIENT_SHARE = 0.2;

export function startDemand(url: string, targets: readonly string[], seed: number): Demand {
  const random = createRandom(seed, 1_000);
  const faults: string[] = [];
  let isStopping = false;

  const ask = async (target: string) => {
    const path = random.chance(0.2)
      ? `/api/rds/health?target=${target}`
      : `/api/rds/benchmark?target=${target}&iterations=${random.between(1, 3)}`;
    const signal = AbortSignal.timeout(random.chance(IMPATIENT_SHARE) ? random.below(200) : 20_000);
    const answer = await fetch(url + path, { signal }).catch(() => null);
    if (answer === null) return;
    const text = await answer.text().catch(() => '{}');
    if (!STATUSES.includes(answer.status)) faults.push(`${path}: ${answer.status} ${text}`);
  };
  const askOn = async (target: string) => {
    while (!isStopping) await ask(target);
  };
  const loops = targets.map(askOn);
  return {
    faults,
    async stop() {
      isStopping = true;
      await Promise.all(loops);
    },
  };
}

/** What the readers of the API are told has the documented form. */
export async function badAnswers(url: string, targets: readonly string[]): Promise<string[]> {
  const documented = [
    { path: '/api/rds/latest', schema: latestAnswer },
    ...targets.map((name) => ({ path: `/api/rds/history?target=${name}`, schema: historyAnswer })),
  ];
  const faults = documented.map(async ({ path, schema }) => {
    const answer = await fetch(url + path, { signal: AbortSignal.timeout(5_000) });
    const parsed = schema.safeParse(await answer.json());
    return parsed.success ? [] : [`${path} is not as documented: ${parsed.error.message}`];
  });
  return (await Promise.all(faults)).flat();
}
