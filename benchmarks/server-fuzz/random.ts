/** Chances that a seed decides: the same seed, the same chances. */
export interface Random {
  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number;
  /** From `min` to `max`, both included. */
  between(min: number, max: number): number;
  pick<T>(list: readonly T[]): T;
  chance(share: number): boolean;
  bytes(length: number): Buffer;
  shuffled<T>(list: readonly T[]): T[];
}

/** `parts` are mixed to one seed, so that each conversation has chances of its own. */
export function createRandom(...parts: readonly number[]): Random {
  let state = parts.reduce(
    (mixed, part) => Math.imul(mixed ^ part, 0x9e3779b1) ^ (mixed >>> 15),
    7,
  );

  /** Mulberry32: from 0 to 1, 1 excluded. */
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);

  return {
    below,
    between: (min, max) => min + below(max - min + 1),
    pick: <T>(list: readonly T[]) => list[below(list.length)] as T,
    chance: (share) => next() < share,
    bytes: (length) => Buffer.from(Array.from({ length }, () => below(256))),
    shuffled<T>(list: readonly T[]) {
      const left = [...list];
      return list.map(() => left.splice(below(left.length), 1)[0] as T);
    },
  };
}
