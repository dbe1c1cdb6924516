import { createHash } from 'node:crypto';
import type { Statement } from '../count/statements.js';
import { statementsOf, type Unit } from '../count/unit.js';

const SHORT_FINGERPRINT = 8;
const SHOWN_LABELS = 3;

/** How a statement is called: its verb and the begin of its fingerprint, never its text. */
export function labelOf({ verbs, roles, fingerprint }: Statement): string {
  const isControl = roles.every(
    (role) => role === 'begin' || role === 'end' || role === 'savepoint',
  );
  if (verbs.length === 0) return 'unread statement';
  const verb = verbs.slice(0, SHOWN_LABELS).join('+') + (verbs.length > SHOWN_LABELS ? '+…' : '');
  if (isControl || fingerprint === null) return verb;
  return `${verb} ${fingerprint.slice(0, SHORT_FINGERPRINT)}`;
}

export interface UnitName {
  /** The same for units of one kind. */
  readonly key: string;
  readonly name: string;
}

/** A unit without a tag is called by the statements that do its work, each once, in their order. */
export function nameOf(unit: Unit): UnitName {
  if (unit.name !== null) return { key: `${unit.namedBy} ${unit.name}`, name: unit.name };
  const all = unit.trips.flatMap(({ flight }) => statementsOf(flight));
  const isWork = ({ roles }: Statement) => roles.includes('work') || roles.includes('unread');
  const begins = all.some(({ roles }) => roles[0] === 'begin' && roles.length === 1);
  const work = all.filter(isWork);
  const rest = unit.trips.flatMap(({ flight }) =>
    flight.operations.flatMap(({ statement }) => statement ?? []),
  );
  const shown = work.length > 0 ? work : rest;
  const labels = [...new Set(shown.map(labelOf))];
  const parts = begins && work.length > 0 ? ['BEGIN', ...labels] : labels;
  const full = parts.join(', ') || 'no statement';
  if (parts.length <= SHOWN_LABELS + 1) return { key: `statements ${full}`, name: full };
  const hash = createHash('sha256').update(full).digest('hex').slice(0, 4);
  const more = parts.length - SHOWN_LABELS;
  const name = `${parts.slice(0, SHOWN_LABELS).join(', ')} and ${more} more (${hash})`;
  return { key: `statements ${full}`, name };
}
