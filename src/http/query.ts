import type { z } from 'zod';
import { describeProblem } from '../base/errors.js';
import type { Target } from '../config/target.js';
import type { Targets } from '../runs/targets.js';
import { HttpError } from './http-error.js';

const SHOWN_CHARACTERS = 60;

/**
 * The query parameters, validated.
 *
 * @throws HttpError 400 that names each bad parameter, its value and what is allowed.
 */
export function parseQuery<S extends z.ZodObject>(schema: S, query: unknown): z.infer<S> {
  const parsed = schema.safeParse(query);
  if (parsed.success) return parsed.data;
  const allowed = Object.keys(schema.shape);
  const problems = parsed.error.issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      const known = allowed.length === 0 ? 'this path takes none' : `known: ${allowed.join(', ')}`;
      return issue.keys.map((key) => `${shorten(key)}: no such parameter; ${known}`);
    }
    const field = String(issue.path[0]);
    const value = shorten(valueText((query as Record<string, unknown>)[field]));
    return [describeProblem({ field, value, expected: issue.message })];
  });
  throw new HttpError(400, problems.join('; '));
}

/**
 * The target of this name, or the one that is meant when none is named; undefined when no database is
 * configured.
 *
 * @throws HttpError 404 that lists the known ones.
 */
export function askedTarget(
  targets: Pick<Targets, 'list' | 'named' | 'preferred'>,
  name: string | undefined,
): Target | undefined {
  if (name === undefined) return targets.preferred();
  const target = targets.named(name);
  if (target !== undefined) return target;
  const known = targets.list().map((each) => each.name);
  throw new HttpError(
    404,
    `there is no target ${JSON.stringify(shorten(name))}; known: ${known.join(', ') || 'none'}`,
  );
}

function valueText(value: unknown): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function shorten(text: string): string {
  return text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS)}…`;
}
