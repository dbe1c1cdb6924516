const AUTHENTICATION = 0x52; // R
const ERROR = 0x45; // E
const SASL = 10;
const OK = 0;
const BOUND = 'SCRAM-SHA-256-PLUS';
const HEADER_BYTES = 5;
/** Longer than any message of a login: what is longer is passed as it is. */
const MAX_BYTES = 65_536;

/**
 * Takes SCRAM-SHA-256-PLUS out of what the server offers. It binds the login to the TLS connection, of which there are
 * two here, so that a client that chose it would be turned away. Passes everything else, and everything after the login,
 * as it comes.
 */
export function createBindingRemover() {
  let waiting = Buffer.alloc(0);
  let isOver = false;
  return {
    /** What is to be passed on, now. */
    take(chunk: Buffer): Buffer {
      if (isOver) return chunk;
      waiting = Buffer.concat([waiting, chunk]);
      const out: Buffer[] = [];
      while (!isOver && waiting.length >= HEADER_BYTES) {
        const length = 1 + waiting.readInt32BE(1);
        if (length < HEADER_BYTES || length > MAX_BYTES) isOver = true;
        else if (waiting.length < length) break;
        else {
          const message = waiting.subarray(0, length);
          waiting = waiting.subarray(length);
          const request =
            message[0] === AUTHENTICATION && length >= 9 ? message.readInt32BE(5) : -1;
          // After this one nothing of the kind can come.
          isOver = request === OK || message[0] === ERROR;
          out.push(request === SASL ? withoutBinding(message) : message);
        }
      }
      if (isOver) {
        out.push(waiting);
        waiting = Buffer.alloc(0);
      }
      return Buffer.concat(out);
    },
  };
}

function withoutBinding(message: Buffer): Buffer {
  const offered = message
    .toString('latin1', 9)
    .split('\0')
    .filter((name) => name !== '');
  const left = offered.filter((name) => name !== BOUND);
  // A server that offers nothing else cannot be used through a proxy; the client says why.
  if (left.length === 0 || left.length === offered.length) return message;
  const body = Buffer.from(`${left.join('\0')}\0\0`, 'latin1');
  const head = Buffer.alloc(9);
  head[0] = AUTHENTICATION;
  head.writeInt32BE(8 + body.length, 1);
  head.writeInt32BE(SASL, 5);
  return Buffer.concat([head, body]);
}
