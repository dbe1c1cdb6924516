export const TOKEN_FORM = '16 to 256 printable ASCII characters without spaces';

/** Can this be sent in a header, and not be guessed? */
export function isToken(text: string): boolean {
  return /^[\x21-\x7e]{16,256}$/.test(text);
}
