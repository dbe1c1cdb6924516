/** What a client may begin with: https://www.postgresql.org/docs/current/protocol-message-formats.html */
export type Opening =
  | { readonly kind: 'tls' | 'gssapi' | 'direct-tls' }
  | { readonly kind: 'cancel' | 'startup'; readonly packet: Buffer }
  | { readonly kind: 'unknown' };

const CODES: Readonly<Record<number, 'tls' | 'gssapi' | 'cancel'>> = {
  80_877_103: 'tls',
  80_877_104: 'gssapi',
  80_877_102: 'cancel',
};
const HEADER_BYTES = 8;
/** The server's own bound. */
const MAX_BYTES = 10_000;
/** The first byte of a TLS handshake. */
const TLS_HANDSHAKE = 0x16;

/** Reads the first packet of what has come. null: it is not whole yet. `rest`: what came behind it. */
export function readOpening(
  bytes: Buffer,
): { readonly opening: Opening; readonly rest: Buffer } | null {
  if (bytes[0] === TLS_HANDSHAKE) return { opening: { kind: 'direct-tls' }, rest: bytes };
  if (bytes.length < HEADER_BYTES) return null;
  const length = bytes.readInt32BE(0);
  if (length < HEADER_BYTES || length > MAX_BYTES) {
    return { opening: { kind: 'unknown' }, rest: bytes };
  }
  if (bytes.length < length) return null;
  const packet = bytes.subarray(0, length);
  const kind = CODES[bytes.readInt32BE(4)] ?? 'startup';
  const rest = bytes.subarray(length);
  return { opening: kind === 'tls' || kind === 'gssapi' ? { kind } : { kind, packet }, rest };
}

/** An error of the proxy itself, as the server would send it before a session. */
export function fatalError(message: string): Buffer {
  const fields = ['SFATAL', 'VFATAL', 'C08006', `Mpglatency audit: ${message}`];
  const body = Buffer.from(`${fields.join('\0')}\0\0`);
  const head = Buffer.alloc(5);
  head.write('E', 'latin1');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}
