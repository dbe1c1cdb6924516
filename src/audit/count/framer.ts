/** What a framer tells of each message: its type's byte, and as much of its body as was asked for. */
export type OnMessage = (type: number, body: Buffer) => void;

export interface Framer {
  /** Takes the next bytes of the stream; they may end in the middle of a message. */
  push(chunk: Buffer): void;
  /** A length that no message has: the rest of the stream is not understood. */
  readonly isBroken: boolean;
}

const HEADER_BYTES = 5;
const LENGTH_BYTES = 4;
const NOTHING = Buffer.alloc(0);

/**
 * Finds the messages in one direction of a connection, after the startup packet: a type of one byte, a length of
 * four that counts itself, a body. Keeps at most `keep(type)` bytes of a body, so that a row of a gigabyte passes
 * through without being held. A body is told when its last byte has come; it is a view of the chunk where that
 * holds all of it, and must not be kept.
 * https://www.postgresql.org/docs/current/protocol-overview.html
 */
export function createFramer(keep: (type: number) => number, onMessage: OnMessage): Framer {
  const header = Buffer.alloc(HEADER_BYTES);
  let headerBytes = 0;
  let type = 0;
  let remaining = 0;
  let kept: Buffer[] = [];
  let keepBytes = 0;
  let isBroken = false;

  /** In the middle of a body; returns where it ends or the chunk does. */
  const goOn = (chunk: Buffer, at: number): number => {
    const end = Math.min(chunk.length, at + remaining);
    if (keepBytes > 0) {
      const piece = Buffer.from(chunk.subarray(at, Math.min(end, at + keepBytes)));
      kept.push(piece);
      keepBytes -= piece.length;
    }
    remaining -= end - at;
    if (remaining === 0) {
      const body = kept.length === 0 ? NOTHING : Buffer.concat(kept);
      kept = [];
      onMessage(type, body);
    }
    return end;
  };
  /** At the begin of a body; returns where to go on. */
  const begin = (chunk: Buffer, at: number, length: number): number => {
    const bodyBytes = length - LENGTH_BYTES;
    if (bodyBytes < 0) {
      isBroken = true;
      return chunk.length;
    }
    keepBytes = Math.min(bodyBytes, keep(type));
    if (at + bodyBytes > chunk.length) {
      remaining = bodyBytes;
      return at === chunk.length ? at : goOn(chunk, at);
    }
    onMessage(type, keepBytes === 0 ? NOTHING : chunk.subarray(at, at + keepBytes));
    return at + bodyBytes;
  };

  return {
    push(chunk) {
      let at = 0;
      while (at < chunk.length && !isBroken) {
        if (remaining > 0) at = goOn(chunk, at);
        else if (headerBytes === 0 && at + HEADER_BYTES <= chunk.length) {
          type = chunk[at] as number;
          at = begin(chunk, at + HEADER_BYTES, chunk.readInt32BE(at + 1));
        } else {
          header[headerBytes++] = chunk[at++] as number;
          if (headerBytes < HEADER_BYTES) continue;
          headerBytes = 0;
          type = header[0] as number;
          at = begin(chunk, at, header.readInt32BE(1));
        }
      }
    },
    get isBroken() {
      return isBroken;
    },
  };
}
