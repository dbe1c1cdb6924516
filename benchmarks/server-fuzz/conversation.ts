import { MUTATIONS } from './mutations/mutations.js';
import type { Step } from './mutations/mutation.js';
import { pickNegotiation } from './mutations/negotiation.js';
import { message } from './messages.js';
import type { Random } from './random.js';
import type { Recording } from './recording.js';
import { createScram } from './scram.js';

/** What one connection will be answered; decided by its chances alone. */
export interface Conversation {
  /** To a request for TLS; null: as asked. */
  negotiation(): readonly Step[] | null;
  /** To a question. */
  answer(key: string, request: Buffer): readonly Step[];
  /** Whether something wrong has been done. */
  isMutated(): boolean;
  /** What has been done wrong so far, for people. */
  readonly done: readonly string[];
}

const NAMES = Object.keys(MUTATIONS);
/** Nothing wrong is done: so the ones after it go further. */
const HEALTHY_SHARE = 0.15;
const WRONG_NEGOTIATION_SHARE = 0.25;
/** A connection that survives is answered wrongly again. */
const AGAIN_SHARE = 0.4;
/** The startup and what follows it have the same chance as everything later. */
const LAST_TURN = 14;
/** Of a question that was never recorded. */
const UNKNOWN = [message('C', 'SELECT 0\0'), message('Z', 'I')];

export function createConversation(options: {
  random: Random;
  recording: Recording;
  /** Messages of all recordings. */
  others: readonly Buffer[];
  password: string;
}): Conversation {
  const { random, recording, others } = options;
  const scram = createScram(options.password);
  const done: string[] = [];
  let turn = 0;
  let mutateAt = random.chance(HEALTHY_SHARE) ? Infinity : pickTurn(random);

  const rightAnswer = (key: string, request: Buffer): readonly Buffer[] => {
    const known = recording.get(key);
    if (known === undefined) return UNKNOWN;
    return random.pick(known).map((one) => scram(request, one));
  };

  return {
    negotiation() {
      if (!random.chance(WRONG_NEGOTIATION_SHARE)) return null;
      const { name, steps } = pickNegotiation(random);
      done.push(`TLS: ${name}`);
      return steps;
    },
    answer(key, request) {
      const answer = rightAnswer(key, request);
      if (turn++ < mutateAt) return [{ send: Buffer.concat(answer) }];
      mutateAt = random.chance(AGAIN_SHARE) ? turn : Infinity;
      const name = random.pick(NAMES);
      done.push(`${key.replaceAll(/\s+/g, ' ').slice(0, 60)}: ${name}`);
      return MUTATIONS[name]?.({ random, answer, others }) ?? [];
    },
    isMutated: () => done.length > 0,
    done,
  };
}

function pickTurn(random: Random): number {
  return random.chance(0.5) ? random.below(4) : random.below(LAST_TURN);
}
