/** How a server may ask for a proof, as far as this project can give one; `none`: it asks for nothing. */
export const AUTHENTICATIONS = ['none', 'password', 'md5', 'scram-sha-256'] as const;
export type Authentication = (typeof AUTHENTICATIONS)[number];

/** Known to libpq, but not supported here: a server that asks for one of them is refused anyway. */
const UNSPOKEN: ReadonlySet<string> = new Set(['gss', 'sspi', 'oauth']);

/**
 * libpq's require_auth: the ways that a server may ask in, or with `!` those that it may not.
 *
 * @returns what is allowed; or `expected`: what the value should have been.
 */
export function parseRequireAuth(
  text: string,
): { readonly allowed: readonly Authentication[] } | { readonly expected: string } {
  const methods = text.split(',');
  const names = methods.map((method) => method.replace(/^!/, ''));
  const isKnown = (name: string) =>
    UNSPOKEN.has(name) || (AUTHENTICATIONS as readonly string[]).includes(name);
  if (!names.every(isKnown)) {
    return { expected: `a list with commas of ${[...AUTHENTICATIONS, ...UNSPOKEN].join(', ')}` };
  }
  if (new Set(names).size !== names.length) return { expected: 'each method once' };
  const negated = methods.filter((method) => method.startsWith('!')).length;
  if (negated !== 0 && negated !== methods.length) {
    return { expected: 'a ! before each of the methods, or before none' };
  }
  const allowed = AUTHENTICATIONS.filter((it) => names.includes(it) === (negated === 0));
  return allowed.length === 0
    ? {
        expected: `one of ${AUTHENTICATIONS.join(', ')} among the methods: others are not supported`,
      }
    : { allowed };
}
