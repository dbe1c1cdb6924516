import { parseKeywordString } from './keyword-string.js';
import { ConnectionStringError, isUri, parseUri, type Parameters } from './connection-uri.js';

/** What is meant, by those who write it in another form. */
const USE_URI = 'postgresql://USER:PASSWORD@HOST:PORT/DATABASE';

/** Schemes that people paste, and what to use in their place. */
const OTHER_SCHEMES: readonly (readonly [RegExp, string])[] = [
  [
    /^jdbc:/i,
    `${USE_URI}; this is a JDBC URL: remove jdbc:, and put user and password before the host`,
  ],
  [
    /^prisma(?:\+postgres)?:/i,
    `${USE_URI}; this is the HTTP address of Prisma's own protocol: take the direct connection string of the same database (DIRECT_URL), at db.prisma.io`,
  ],
  [/^(?:postgres|postgresql):\/\//i, `${USE_URI}, with the scheme in small letters`],
  [
    /^(?:postgres|postgresql)\+\w+:/i,
    `${USE_URI}; this is SQLAlchemy's form: remove what follows postgresql, from the + to the colon`,
  ],
  [/^(?:postgres|postgresql):/i, `${USE_URI}, with two slashes after the colon`],
  [
    /^(?:cockroachdb|cockroach|yugabytedb|timescaledb?|redshift|pgsql|pg|psql|ecto|postgis):/i,
    `${USE_URI}; only the scheme differs`,
  ],
  [
    /^(?:mysql|mariadb|sqlserver|mssql|sqlite|file|mongodb(?:\+srv)?|redis|rediss|oracle|clickhouse):/i,
    `${USE_URI}; this is the address of another kind of database: pglatency measures PostgreSQL`,
  ],
  [/^https?:/i, `${USE_URI}; this is a web address: take the connection string of the database`],
  [/^[a-z][a-z0-9+.-]{0,30}:\/\//i, `${USE_URI}; the scheme must be postgresql or postgres`],
];

/**
 * What a connection string says: a URI or keywords and values, read as libpq reads them. White space around it,
 * a pair of quotes and a `psql` before it come from pasting, and are removed.
 *
 * @throws ConnectionStringError, whose message says what is expected and shows nothing of the string.
 */
export function parseConnectionString(pasted: string): Parameters {
  const text = unwrap(pasted);
  if (text === '') throw new ConnectionStringError(`${USE_URI}; it is empty`);
  if (/[\0\r\n]/.test(text)) throw new ConnectionStringError(`${USE_URI}, in one line`);
  if (isUri(text)) return parseUri(text);
  const other = OTHER_SCHEMES.find(([scheme]) => scheme.test(text));
  if (other !== undefined) throw new ConnectionStringError(other[1]);
  if (/^\s*[A-Za-z_]\w*\s*=/.test(text)) return parseKeywordString(text);
  throw new ConnectionStringError(
    `${USE_URI}, or host=HOST dbname=DATABASE; it begins with neither`,
  );
}

const QUOTES = ['"', "'", '`'];

function unwrap(pasted: string): string {
  const text = unquote(pasted.trim());
  const command =
    /^psql\s+(?:(?:-d|--dbname)[\s=]*)?(["'`]?)(postgres(?:ql)?:\/\/.*|\w+\s*=.*)$/s.exec(text);
  if (command === null) return text;
  const [, quote = '', argument = ''] = command;
  // Options behind the string are psql's own.
  const end = quote === '' ? -1 : argument.indexOf(quote);
  return (end === -1 ? argument : argument.slice(0, end)).trim();
}

function unquote(text: string): string {
  const isQuoted =
    text.length > 1 && QUOTES.some((quote) => text.startsWith(quote) && text.endsWith(quote));
  return isQuoted ? text.slice(1, -1).trim() : text;
}
