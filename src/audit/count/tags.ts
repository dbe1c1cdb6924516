/** What a statement's comment says of the request that it belongs to. */
export interface Tag {
  /** null: it names none. */
  readonly name: string | null;
  /** The request's own identity, of W3C's traceparent; null: it has none. */
  readonly trace: string | null;
}

const SHOWN_CHARACTERS = 80;
/** A comment at either end; the one at the end is sqlcommenter's, that at the begin some frameworks'. */
const LAST = /\s*\/\*((?:(?!\*\/|\/\*)[\s\S]){1,4000})\*\/[\s;]*$/;
const FIRST = /^\s*\/\*((?:(?!\*\/|\/\*)[\s\S]){1,4000})\*\/\s*/;
/** `key='value'`, URL-encoded, or Rails' `key:value`. */
const PAIR = /([A-Za-z_]{1,40})\s*(?:='((?:[^'\\]|\\.){0,500})'|:([^,*]{0,200}))/g;
const TRACE = /^[0-9a-f]{2}-([0-9a-f]{32})-/;

/**
 * Takes the comment with tags away from a statement: https://google.github.io/sqlcommenter/spec/. A statement without
 * one, or with a comment of another kind, is left as it is.
 */
export function splitTag(sql: string): { readonly sql: string; readonly tag: Tag | null } {
  if (!sql.includes('/*')) return { sql, tag: null };
  for (const place of [LAST, FIRST]) {
    const found = place.exec(sql);
    const tag = found === null ? null : readTag(found[1] ?? '');
    if (found !== null && tag !== null) return { sql: sql.replace(found[0], ''), tag };
  }
  return { sql, tag: null };
}

function readTag(comment: string): Tag | null {
  const pairs = new Map(
    [...comment.matchAll(PAIR)].map(([, key = '', quoted, plain]) => [
      key.toLowerCase(),
      decode(quoted ?? plain ?? ''),
    ]),
  );
  const text = (key: string) => pairs.get(key)?.trim() ?? '';
  const [, trace = null] = TRACE.exec(text('traceparent')) ?? [];
  const action = [text('controller'), text('action')].filter((part) => part !== '').join('#');
  const name = tagName(text('route') || action || text('job') || text('unit'));
  return name === null && trace === null ? null : { name, trace };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replace(/\\'/g, "'"));
  } catch {
    return text;
  }
}

/**
 * A name that may be shown: a route without its query, and without the parts that differ from one request to the next,
 * which may be somebody's. null: nothing is left.
 */
export function tagName(text: string): string | null {
  const [path = ''] = text.split(/[?#](?=.*=)|[?]/);
  const name = path
    .replace(/[^\p{L}\p{N} _./:#{}[\]<>*$@()^-]+/gu, '')
    .split('/')
    .map((part) => (isValue(part) ? ':id' : part))
    .join('/')
    .trim()
    .slice(0, SHOWN_CHARACTERS);
  return name === '' ? null : name;
}

/** A number, a UUID, a long run of hexadecimal digits, an address of mail. */
function isValue(part: string): boolean {
  return /^\d+$|^[0-9a-f-]{16,}$|@.+\./i.test(part);
}
