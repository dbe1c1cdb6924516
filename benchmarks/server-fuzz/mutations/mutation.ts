import type { Random } from '../random.js';

/** What the server does, one after the other, in the place of an answer. */
export type Step =
  | { readonly send: Buffer }
  | { readonly pauseMs: number }
  /** Sent again and again, until the client leaves or `mib` are sent. */
  | { readonly flood: Buffer; readonly mib: number }
  | { readonly end: 'fin' | 'reset' };

export interface Material {
  readonly random: Random;
  /** The right answer, never empty. */
  readonly answer: readonly Buffer[];
  /** Messages of other answers. */
  readonly others: readonly Buffer[];
}

export type Mutation = (material: Material) => readonly Step[];

export function send(...messages: readonly Buffer[]): Step {
  return { send: Buffer.concat(messages) };
}

/** The answer with one message changed; `of`: only of these types, where there are any. */
export function changeOne(
  { answer, random }: Material,
  change: (message: Buffer) => readonly Buffer[],
  of?: string,
): Step {
  const places = answer.map((_, place) => place);
  const fitting = places.filter(
    (place) => of === undefined || of.includes(String.fromCharCode(answer[place]?.[0] ?? 0)),
  );
  const chosen = random.pick(fitting.length > 0 ? fitting : places);
  return send(...answer.flatMap((one, place) => (place === chosen ? change(one) : [one])));
}
