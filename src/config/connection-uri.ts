/** What a connection string says: libpq's names, in the order of the string; a later one replaces an earlier. */
export type Parameters = readonly { readonly name: string; readonly value: string }[];

/** A connection string that cannot be read. The message shows nothing of it: a part may be the password. */
export class ConnectionStringError extends Error {
  override readonly name = 'ConnectionStringError';
}

const PREFIX = /^postgres(?:ql)?:\/\//;

export function isUri(text: string): boolean {
  return PREFIX.test(text);
}

/** Added to a message where a password that is not encoded may be the cause. */
export const ENCODE_HINT =
  'in a user name or a password write % as %25, @ as %40, : as %3A, / as %2F, ? as %3F, # as %23 and a space as %20';

/**
 * A URI as libpq reads it (conninfo_uri_parse_options of its fe-connect.c): the user ends at the first `:`, the
 * password at the first `@`, `+` is a plus sign, and several hosts are divided by commas.
 * https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
 *
 * @throws ConnectionStringError. Stricter than libpq in one thing: an `@` behind the one that ends the password is
 * refused, because it is a piece of a password, which would become a host's or a database's name.
 */
export function parseUri(text: string): Parameters {
  const rest = text.replace(PREFIX, '');
  const [beforeQuery, query] = splitAt(rest, queryStart(rest));
  const { credentials, netloc, path } = partsOf(beforeQuery);
  if (/@/.test(netloc) || /@/.test(path)) {
    throw new ConnectionStringError(`one @, before the host; ${ENCODE_HINT}`);
  }
  const { hosts, ports } = hostsOf(netloc);
  return [
    ...given('user', credentials.user),
    ...given('password', credentials.password),
    ...given('host', hosts),
    ...given('port', ports),
    ...given('dbname', path),
    ...(query === null ? [] : queryOf(query)),
  ];
}

/** The `?` behind the credentials: one within them is a part of the password, as for libpq. */
function queryStart(rest: string): number {
  const at = rest.search(/[@/]/);
  return rest.indexOf('?', rest[at] === '@' ? at : 0);
}

function splitAt(text: string, at: number): [string, string | null] {
  return at === -1 ? [text, null] : [text.slice(0, at), text.slice(at + 1)];
}

function partsOf(text: string) {
  const end = text.search(/[@/]/);
  const hasCredentials = text[end] === '@';
  const [user = '', password] = hasCredentials ? splitAt2(text.slice(0, end), ':') : [];
  const [netloc, path] = splitAt2(hasCredentials ? text.slice(end + 1) : text, '/');
  return {
    credentials: { user, password: password ?? '' },
    netloc,
    path: path ?? '',
  };
}

function splitAt2(text: string, separator: string): [string, string | null] {
  return splitAt(text, text.indexOf(separator));
}

/** An empty part of a URI says nothing. */
function given(name: string, raw: string): Parameters {
  return raw === '' ? [] : [{ name, value: decode(raw) }];
}

/** `a:1,b` → `a,b` and `1,`, as libpq keeps them. */
function hostsOf(netloc: string): { hosts: string; ports: string } {
  const pairs = netloc.split(',').map((pair) => {
    if (!pair.startsWith('[')) return splitAt2(pair, ':');
    const close = pair.indexOf(']');
    if (close === -1) throw new ConnectionStringError('a ] after the IPv6 address');
    if (close === 1) throw new ConnectionStringError('an IPv6 address between [ and ]');
    const after = pair.slice(close + 1);
    if (after !== '' && !after.startsWith(':')) {
      throw new ConnectionStringError('a port, a path or nothing after the ] of an IPv6 address');
    }
    return [pair.slice(1, close), after === '' ? null : after.slice(1)] as const;
  });
  const hosts = pairs.map(([host]) => host).join(',');
  const ports = pairs.some(([, port]) => port !== null)
    ? pairs.map(([, port]) => port ?? '').join(',')
    : '';
  return { hosts, ports };
}

function queryOf(query: string): Parameters {
  return query
    .split('&')
    .filter((part, i, all) => part !== '' || i < all.length - 1)
    .map((part) => {
      const at = part.indexOf('=');
      if (at === -1 || part.includes('=', at + 1)) {
        throw new ConnectionStringError(
          `name=value between the & of its parameters; a = within a value is %3D; ${ENCODE_HINT}`,
        );
      }
      const name = decode(part.slice(0, at));
      const value = decode(part.slice(at + 1));
      return name === 'ssl' && value === 'true'
        ? { name: 'sslmode', value: 'require' }
        : { name, value };
    });
}

/** @throws ConnectionStringError for a `%` without two hexadecimal digits, for %00, and for what is no UTF-8. */
function decode(text: string): string {
  if (/%(?![0-9A-Fa-f]{2})/.test(text)) {
    throw new ConnectionStringError(`two hexadecimal digits after each %; ${ENCODE_HINT}`);
  }
  if (/%00/.test(text)) throw new ConnectionStringError('no %00');
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ConnectionStringError('percent-encoded UTF-8');
  }
}
