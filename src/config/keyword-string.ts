import { ConnectionStringError, type Parameters } from './connection-uri.js';

/**
 * `host=h dbname='my db'` as libpq reads it (conninfo_parse of its fe-connect.c): white space around `=` is
 * allowed, a value with white space stands in single quotes, and a backslash takes the next character as it is.
 * https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-KEYWORD-VALUE
 *
 * @throws ConnectionStringError
 */
export function parseKeywordString(text: string): Parameters {
  const found: { name: string; value: string }[] = [];
  const scanner = scan(text);
  scanner.skipSpace();
  while (!scanner.isAtEnd()) {
    const name = scanner.takeName();
    scanner.skipSpace();
    if (!scanner.takes('=')) {
      throw new ConnectionStringError(
        `name=value divided by spaces, with a = in parameter ${found.length + 1}; a value with a space needs single quotes`,
      );
    }
    scanner.skipSpace();
    found.push({ name, value: scanner.takes("'") ? scanner.takeQuoted() : scanner.takeBare() });
    scanner.skipSpace();
  }
  return found;
}

function scan(text: string) {
  let at = 0;
  const isAtEnd = () => at >= text.length;
  const isSpace = () => /[ \t\n\v\f\r]/.test(text[at] ?? '');
  /** A character, or the one behind a backslash. */
  const takeCharacter = () => {
    if (text[at] === '\\') at += 1;
    return text[at++] ?? '';
  };
  return {
    isAtEnd,
    skipSpace() {
      while (isSpace()) at += 1;
    },
    takes(character: string): boolean {
      if (text[at] !== character) return false;
      at += 1;
      return true;
    },
    takeName(): string {
      const start = at;
      while (!isAtEnd() && text[at] !== '=' && !isSpace()) at += 1;
      return text.slice(start, at);
    },
    takeBare(): string {
      let value = '';
      while (!isAtEnd() && !isSpace()) value += takeCharacter();
      return value;
    },
    takeQuoted(): string {
      let value = '';
      while (!isAtEnd() && text[at] !== "'") value += takeCharacter();
      if (isAtEnd()) throw new ConnectionStringError('a closing quote in name=value');
      at += 1;
      return value;
    },
  };
}
