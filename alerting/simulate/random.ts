/** Random numbers that repeat with their seed. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** In [low, high). */
  between(low: number, high: number): number;
  /** Mean 0, standard deviation 1. */
  normal(): number;
  /** At least `minimum`; the chance to exceed k × minimum is k^-shape. */
  pareto(minimum: number, shape: number): number;
  /** A stream of its own, so that one series' draws do not move another's. */
  fork(name: string): Random;
}

/** sfc32, seeded by hashing `seed` (FNV-1a). */
export function createRandom(seed: string): Random {
  let a = hash(seed, 1);
  let b = hash(seed, 2);
  let c = hash(seed, 3);
  let counter = 1;
  function next(): number {
    const t = (a + b + counter++) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + t) | 0;
    return (t >>> 0) / 2 ** 32;
  }
  for (let i = 0; i < 15; i++) next();
  return {
    next,
    between: (low, high) => low + (high - low) * next(),
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    pareto: (minimum, shape) => minimum * (1 - next()) ** (-1 / shape),
    fork: (name) => createRandom(`${seed}/${name}`),
  };
}

function hash(text: string, salt: number): number {
  let value = 2166136261 ^ salt;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 16777619);
  return value;
}
