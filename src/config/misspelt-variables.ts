import type { Environment } from '../base/cli-deps.js';
import { VARIABLES } from './variables.js';

/** A variable of the environment, and the one of ours that was probably meant. */
export interface Misspelling {
  readonly name: string;
  readonly meant: string;
}

/** A shorter name is near to too many others. */
const MIN_LENGTH = 6;
/** From this length on two mistakes are forgiven. */
const LONG = 9;

/** Variables of other programs that are near to one of ours. */
const OF_OTHERS: ReadonlySet<string> = new Set(['SSL_CERT_DIR', 'DB_URL', 'DB_PASS', 'PGDATA']);

/**
 * The variables that look like misspellings of ours: they begin with the same two letters, and differ by a
 * letter or two. Their values are not looked at.
 */
export function misspeltVariables(env: Environment): Misspelling[] {
  const ours = new Set(VARIABLES);
  return Object.keys(env)
    .filter((name) => name.length >= MIN_LENGTH && !ours.has(name) && !OF_OTHERS.has(name))
    .flatMap((name) => {
      const meant = VARIABLES.find((variable) => isNear(name, variable));
      return meant === undefined ? [] : [{ name, meant }];
    });
}

/** One line for a person. */
export function describeMisspelling({ name, meant }: Misspelling): string {
  return `${name} is not read: did you mean ${meant}?`;
}

function isNear(name: string, variable: string): boolean {
  if (variable.length < MIN_LENGTH || !variable.startsWith(name.slice(0, 2))) return false;
  return distance(name, variable) <= (Math.min(name.length, variable.length) >= LONG ? 2 : 1);
}

/** Letters to add, remove, replace or swap with their neighbour (optimal string alignment). */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return Infinity;
  const rows: number[][] = Array.from({ length: a.length + 1 }, (_, i) => [i]);
  const at = (i: number, j: number) => rows[i]?.[j] ?? Infinity;
  for (let j = 1; j <= b.length; j++) rows[0]?.push(j);
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwap ? at(i - 2, j - 2) + 1 : Infinity;
      rows[i]?.push(Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + cost, swapped));
    }
  }
  return at(a.length, b.length);
}
