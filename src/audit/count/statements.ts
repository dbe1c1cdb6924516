import { createHash } from 'node:crypto';
import { splitTag, type Tag } from './tags.js';

/** What a statement is for. `unread`: the parser does not know it, or it is too long. */
export type Role =
  'work' | 'begin' | 'end' | 'savepoint' | 'settings' | 'ping' | 'close' | 'unread';

/** What is known of a statement; never its text. */
export interface Statement {
  /** PostgreSQL's own, of libpg_query: 16 hexadecimal digits; null: none. Set when `isRead`. */
  fingerprint: string | null;
  /** `SELECT`, `INSERT`; one for each statement in the text. */
  verbs: readonly string[];
  roles: readonly Role[];
  isRead: boolean;
}

/** What the parser says of a text. */
export type Reading = Omit<Statement, 'isRead'>;

export interface TaggedStatement {
  readonly statement: Statement;
  readonly tag: Tag | null;
}

export interface Statements {
  /** The statement with this text, in the bytes of the wire. */
  of(text: Buffer): TaggedStatement;
  /** A statement whose text was too long to be kept. */
  readonly tooLong: Statement;
}

export const UNREAD: Reading = { fingerprint: null, verbs: [], roles: ['unread'] };

/** Texts that are remembered, so that each is parsed once. Those with values in them never come again. */
const MAX_KNOWN = 10_000;
/** Above this many characters a text is remembered by its hash. */
const SHORT = 512;

/** Remembers which statement a text is; `read` is asked to parse each new one, and calls back later. */
export function createStatements(
  read: (sql: string, done: (reading: Reading) => void) => void,
): Statements {
  const known = new Map<string, Statement>();
  return {
    of(text) {
      // One byte a character is quick, and the parser gets the right ones.
      const { sql, tag } = splitTag(text.toString('latin1'));
      const key =
        sql.length <= SHORT ? sql : createHash('sha1').update(sql, 'latin1').digest('hex');
      let statement = known.get(key);
      if (statement === undefined) {
        if (known.size >= MAX_KNOWN) known.clear();
        const fresh: Statement = { ...UNREAD, isRead: false };
        known.set(key, fresh);
        read(Buffer.from(sql, 'latin1').toString('utf8'), (reading) => {
          Object.assign(fresh, reading, { isRead: true });
        });
        statement = fresh;
      }
      return { statement, tag };
    },
    tooLong: { ...UNREAD, isRead: true },
  };
}
