import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { messageOf } from '../base/errors.js';

/** The text of a file, or why there is none. */
export type FileText = { readonly text: string } | { readonly why: string };

/** Reads a whole file as UTF-8. Never throws, and never repeats the path: a secret may stand in its place. */
export function readText(path: string): FileText {
  if (isContent(path)) return { why: 'this is content; give the path of a file that holds it' };
  try {
    return { text: readFileSync(path, 'utf8') };
  } catch (error) {
    return { why: whyUnreadable(error) };
  }
}

/** The same for a file of at most `maxBytes`; of a larger one no more than that is read. */
export function readBoundedText(path: string, maxBytes: number): FileText {
  try {
    const file = openSync(path, 'r');
    try {
      const bytes = Buffer.allocUnsafe(maxBytes + 1);
      let length = 0;
      while (length < bytes.length) {
        const read = readSync(file, bytes, length, bytes.length - length, null);
        if (read === 0) return { text: bytes.toString('utf8', 0, length) };
        length += read;
      }
      return { why: `it holds more than ${maxBytes} bytes` };
    } finally {
      closeSync(file);
    }
  } catch (error) {
    return { why: whyUnreadable(error) };
  }
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
