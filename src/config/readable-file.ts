import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { messageOf } from '../base/errors.js';

/** The text of a file, or why there is none. */
export type FileText = { readonly text: string } | { readonly why: string };

/** The limit where the caller names none. The largest files are bundles of authorities, of some 200 kB. */
const MAX_BYTES = 4 * 1_048_576;

/** Reads a file as UTF-8. Never throws, and never repeats the path: a secret may stand in its place. */
export function readText(path: string): FileText {
  if (isContent(path)) return { why: 'this is content; give the path of a file that holds it' };
  return readBoundedText(path, MAX_BYTES);
}

/** The same for a file of at most `maxBytes`; of a larger one no more than that is read. */
export function readBoundedText(path: string, maxBytes: number): FileText {
  try {
    const file = openSync(path, 'r');
    try {
      // The size of a pipe or a device is 0. So one byte more than allowed is read, to see that there is too
      // much.
      const { size } = fstatSync(file);
      const bytes = Buffer.allocUnsafe(Math.min(size > 0 ? size : maxBytes, maxBytes) + 1);
      let length = 0;
      while (length < bytes.length) {
        const read = readSync(file, bytes, length, bytes.length - length, null);
        if (read === 0) return decode(bytes.subarray(0, length));
        length += read;
      }
      return bytes.length > maxBytes
        ? { why: `it holds more than ${maxBytes} bytes` }
        : { why: 'it grew while it was read' };
    } finally {
      closeSync(file);
    }
  } catch (error) {
    return { why: whyUnreadable(error) };
  }
}

/** Windows's editors begin a file with U+FEFF: in UTF-8 it is left out, in UTF-16 it is how to tell. */
function decode(bytes: Buffer): FileText {
  const [first, second, third] = bytes;
  const isUtf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  if (isUtf16) return { why: 'it is UTF-16; save it as UTF-8' };
  const hasMark = first === 0xef && second === 0xbb && third === 0xbf;
  return { text: bytes.toString('utf8', hasMark ? 3 : 0) };
}

/** A path for people, or null where it may be something else: a key that was pasted in its place. */
export function shownPath(path: string): string | null {
  return isContent(path) ? null : path;
}

function isContent(path: string): boolean {
  return /-----|[\r\n\0]/.test(path);
}

/** `ENOENT: no such file or directory`, without what follows: the call and the path. */
function whyUnreadable(error: unknown): string {
  return messageOf(error).split(',')[0] ?? '';
}
