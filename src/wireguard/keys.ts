import { createPrivateKey, createPublicKey, randomBytes } from 'node:crypto';

/** A WireGuard key pair, each 32 bytes in base64, as `wg genkey` and `wg pubkey` print them. */
export interface KeyPair {
  readonly privateKey: string;
  readonly publicKey: string;
}

const KEY_BYTES = 32;
/** RFC 8410's PKCS #8 wrapping of a raw X25519 private key, which is how Node takes one. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b656e04220420', 'hex');
/** 43 characters and a `=`; the last holds 4 bits, so only these sixteen can stand there. */
const KEY_PATTERN = /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/;

/** Whether a text is a WireGuard key, private or public. */
export function isKey(text: string): boolean {
  return KEY_PATTERN.test(text);
}

/** A new key pair from the system's random source. */
export function generateKeyPair(): KeyPair {
  const secret = clamp(randomBytes(KEY_BYTES));
  return { privateKey: secret.toString('base64'), publicKey: derive(secret) };
}

/**
 * The public key of a private one.
 *
 * @throws Error if the text is no key; the message does not hold it.
 */
export function publicKeyOf(privateKey: string): string {
  if (!isKey(privateKey)) throw new Error('not a WireGuard private key: 44 characters of base64');
  return derive(Buffer.from(privateKey, 'base64'));
}

/** RFC 7748, section 5. `wg` does it on reading, so that a key not clamped would print differently. */
function clamp(secret: Buffer): Buffer {
  secret[0] = (secret[0] as number) & 0b1111_1000;
  secret[31] = ((secret[31] as number) & 0b0111_1111) | 0b0100_0000;
  return secret;
}

function derive(secret: Buffer): string {
  const key = createPrivateKey({
    key: Buffer.concat([PKCS8_PREFIX, secret]),
    format: 'der',
    type: 'pkcs8',
  });
  const { x } = createPublicKey(key).export({ format: 'jwk' });
  return Buffer.from(x as string, 'base64url').toString('base64');
}
