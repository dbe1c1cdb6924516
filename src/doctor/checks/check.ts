import { visibleText } from '../../probe/results/visible-text.js';
import type { Failure } from '../../probe/results/result.js';
import type { Patient } from '../patient/patient.js';

/**
 * - `ok`: as it should be;
 * - `warning`: it works now, and will cause trouble;
 * - `broken`: it does not work now;
 * - `unknown`: it could not be checked. Never taken for `ok`.
 */
export const STATUSES = ['ok', 'warning', 'broken', 'unknown'] as const;
export type Status = (typeof STATUSES)[number];

export interface Finding {
  readonly status: Status;
  /** What was found, in a sentence without its full stop. */
  readonly found: string;
  /** Why it matters, where that is not the check's own reason; null: as the check says. */
  readonly why: string | null;
  /** The command, or the setting, that mends it; null: there is nothing to mend. */
  readonly mend: string | null;
}

/**
 * When a check runs:
 *
 * - `session`: on the connection for questions, in the order of the list;
 * - `beside`: on connections of its own, while those run;
 * - `alone`: when there is no other connection;
 * - `fleet`: it asks no database.
 */
export type Place = 'session' | 'beside' | 'alone' | 'fleet';

/** `Subject`: what is looked at. */
export interface Check<Subject = Patient> {
  readonly name: string;
  readonly place: Place;
  /** Why it matters, in a sentence or two. */
  readonly why: string;
  /** One finding or more. @throws the subject's signal's reason, when that fires. */
  run(subject: Subject): Promise<readonly Finding[]>;
}

function finding(status: Status, found: string, mend: string | null, why: string | null): Finding {
  const shownMend = mend?.split('\n').map(visibleText).join('\n') ?? null;
  return { status, found: visibleText(found), why, mend: shownMend };
}

export function ok(found: string): Finding {
  return finding('ok', found, null, null);
}

export function warning(found: string, mend: string, why: string | null = null): Finding {
  return finding('warning', found, mend, why);
}

export function broken(found: string, mend: string, why: string | null = null): Finding {
  return finding('broken', found, mend, why);
}

/** `mend`: what makes it possible to look; null: nothing is known. */
export function unknown(found: string, mend: string | null = null): Finding {
  return finding('unknown', found, mend, null);
}

/** A question that was not answered. */
export function unanswered({ reason, message }: Failure): Finding {
  return unknown(`the query failed: ${reason}: ${message}`);
}

/** What there is when no connection can be opened: the check of the connection says why. */
export const NO_CONNECTION = unknown('there is no connection to check it on');
