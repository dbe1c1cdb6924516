import { isDeepStrictEqual } from 'node:util';
import type { Target } from '../config/target.js';

/** The targets that are measured now; a reload replaces them. */
export interface Targets {
  list(): readonly Target[];
  named(name: string): Target | undefined;
  /** The one that is meant when none is named: the first that is read-write. */
  preferred(): Target | undefined;
  /** Puts these in the place of all; says which names came, went, and mean something else now. */
  replace(next: readonly Target[]): TargetChanges;
}

export interface TargetChanges {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
}

export function createTargets(initial: readonly Target[]): Targets {
  let targets = initial;
  const named = (name: string) => targets.find((target) => target.name === name);
  return {
    list: () => targets,
    named,
    preferred: () => targets.find(({ mode }) => mode === 'read-write'),
    replace(next) {
      const changes = {
        added: namesOf(next.filter(({ name }) => named(name) === undefined)),
        removed: namesOf(targets.filter((old) => !next.some(({ name }) => name === old.name))),
        changed: namesOf(
          next.filter((target) => {
            const old = named(target.name);
            return old !== undefined && !isDeepStrictEqual(old, target);
          }),
        ),
      };
      targets = next;
      return changes;
    },
  };
}

function namesOf(targets: readonly Target[]): string[] {
  return targets.map(({ name }) => name);
}
