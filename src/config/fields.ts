import { z } from 'zod';

/** Fields that the environment and the targets file share. */

export function oneOf<const T extends string>(values: readonly T[]) {
  return z.enum(values, { error: `one of ${values.join(', ')}` });
}

/** Of a variable: digits, and nothing else. */
export function integer(min: number, max: number) {
  const expected = `a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, expected)
    .transform(Number)
    .refine((value) => value >= min && value <= max, expected);
}

/** Cc are the control characters, NUL and the line breaks among them; Zl and Zp are Unicode's own breaks. */
const NO_CONTROL_CHARACTERS = /^[^\p{Cc}\p{Zl}\p{Zp}]*$/u;

/**
 * What a text with a line break or another control character should have been, and where the character
 * is; null when there is none. Never repeats the text, which may be a secret.
 */
export function controlCharacterProblem(text: string): string | null {
  if (NO_CONTROL_CHARACTERS.test(text)) return null;
  const found = /[\r\n\p{Zl}\p{Zp}]$/u.test(text)
    ? 'it ends with a line break'
    : /[\r\n\p{Zl}\p{Zp}]/u.test(text)
      ? 'it holds a line break'
      : 'it holds a control character';
  return `text without line breaks and control characters (${found})`;
}

/** JSON Schema takes the pattern over. */
export const plainText = z.string().regex(NO_CONTROL_CHARACTERS, {
  error: ({ input }) => controlCharacterProblem(String(input)),
});

export const hostName = z.string().regex(/^[A-Za-z0-9._:-]{1,253}$/, {
  error: ({ input }) =>
    controlCharacterProblem(String(input)) ??
    'a host name or an IP address, without scheme, port or path',
});

/** A user's or a database's name: PostgreSQL keeps 63 bytes of it. */
export const identifier = plainText.max(63, 'at most 63 characters');

export const password = plainText;

/**
 * The schema of the probe's table, as it is stored: it is quoted, so that case counts. PostgreSQL keeps
 * names that begin with pg_ for itself.
 */
export const schemaName = z
  .string()
  .regex(
    /^(?!pg_)[A-Za-z_][A-Za-z0-9_$]{0,62}$/,
    'a name of letters, digits, _ and $, from a letter or _, at most 63 long, that does not begin with pg_',
  );

export const OPERATION_TIMEOUT_MS = { min: 100, max: 60_000 } as const;

export const DEFAULT_FLEET = 'pglatency';

/** A fleet's or a region's name: a label's value, and a part of file names. */
export const NAME_FORM = 'a name of a-z, 0-9 and -, from a letter or a digit, at most 31 long';
export const NAME_PATTERN = /^[a-z0-9][a-z0-9-]{0,30}$/;

export const fleetName = z.string().regex(NAME_PATTERN, NAME_FORM);
