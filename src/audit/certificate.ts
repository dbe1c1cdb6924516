import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { isIPv4 } from 'node:net';

/** A certificate and its key, PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

const VALID_MS = 7 * 24 * 60 * 60 * 1_000;

/**
 * A certificate for this machine alone, signed by itself, with a key that is in no file. X.509 version 3, DER by hand:
 * https://datatracker.ietf.org/doc/html/rfc5280#section-4.1
 */
export function makeCertificate(names: readonly string[]): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = sequence(
    set(sequence(oid('2.5.4.3'), tagged(0x0c, Buffer.from('pglatency audit')))),
  );
  const ecdsaWithSha256 = sequence(oid('1.2.840.10045.4.3.2'));
  // Some clocks differ a little.
  const [from, until] = [Date.now() - 60_000, Date.now() + VALID_MS];
  const body = sequence(
    tagged(0xa0, integer(Buffer.from([2]))),
    integer(randomBytes(15)),
    ecdsaWithSha256,
    name,
    sequence(time(from), time(until)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(basicConstraints(), alternativeNames(names))),
  );
  const signature = sign('sha256', body, privateKey);
  const whole = sequence(
    body,
    ecdsaWithSha256,
    tagged(0x03, Buffer.concat([Buffer.from([0]), signature])),
  );
  const base64 = whole.toString('base64').replace(/.{64}/g, '$&\n').trimEnd();
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  };
}

/** So that it may be named as its own authority. */
function basicConstraints(): Buffer {
  const isAuthority = sequence(tagged(0x01, Buffer.from([0xff])));
  return sequence(oid('2.5.29.19'), tagged(0x01, Buffer.from([0xff])), tagged(0x04, isAuthority));
}

function alternativeNames(names: readonly string[]): Buffer {
  const entries = names.map((name) => {
    if (isIPv4(name)) return tagged(0x87, Buffer.from(name.split('.').map(Number)));
    if (name === '::1') return tagged(0x87, Buffer.concat([Buffer.alloc(15), Buffer.from([1])]));
    return tagged(0x82, Buffer.from(name));
  });
  return sequence(oid('2.5.29.17'), tagged(0x04, sequence(...entries)));
}

function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...parts: Buffer[]) => tagged(0x30, Buffer.concat(parts));
const set = (...parts: Buffer[]) => tagged(0x31, Buffer.concat(parts));
/** Above 0. */
const integer = (bytes: Buffer) =>
  tagged(0x02, Buffer.concat([Buffer.from([0x01]), bytes]).subarray(bytes.length === 1 ? 1 : 0));

function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap((value) => {
    const digits = [value & 0x7f];
    for (let left = value >> 7; left > 0; left >>= 7) digits.unshift((left & 0x7f) | 0x80);
    return digits;
  });
  return tagged(0x06, Buffer.from(bytes));
}

/** UTCTime, which holds until 2049. */
function time(ms: number): Buffer {
  const text = new Date(ms)
    .toISOString()
    .replace(/[-:T]|\.\d{3}/g, '')
    .slice(2);
  return tagged(0x17, Buffer.from(text));
}
