/** The longest text of a server, of the network or of TLS that is passed on, in UTF-16 code units. */
export const MAX_TEXT_LENGTH = 500;

/** Controls, invisible format characters (bidirectional ones among them), and halves of characters. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const SPACING = /[\t\n\v\f\r\u2028\u2029]/;

/**
 * A text from elsewhere as one line that is safe in a terminal, a log and a page: a line break or tab
 * becomes a space, anything else that cannot be seen its `\u…`. Cut to MAX_TEXT_LENGTH with "…", never
 * within a character. Only as much of it is read as is kept.
 */
export function visibleText(text: string): string {
  const pieces: string[] = [];
  let length = 0;
  /** Pieces that still leave room for the "…". */
  let kept = 0;
  for (const character of text) {
    const piece = visible(character);
    length += piece.length;
    if (length > MAX_TEXT_LENGTH) return `${pieces.slice(0, kept).join('')}…`;
    pieces.push(piece);
    if (length < MAX_TEXT_LENGTH) kept = pieces.length;
  }
  return pieces.join('');
}

function visible(character: string): string {
  if (SPACING.test(character)) return ' ';
  if (!HIDDEN.test(character)) return character;
  return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
}
