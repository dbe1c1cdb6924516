/** https://www.postgresql.org/docs/current/protocol-message-formats.html */

const SSL_REQUEST = 80_877_103;
const CANCEL_REQUEST = 80_877_102;
/** A type's byte and the length, which counts itself. */
export const HEADER_BYTES = 5;

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value | 0);
  return bytes;
}

export function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE((value << 16) >> 16);
  return bytes;
}

export function message(type: string, ...body: readonly (Buffer | string)[]): Buffer {
  const bytes = Buffer.concat(body.map((part) => Buffer.from(part as string)));
  return Buffer.concat([Buffer.from(type, 'latin1'), int32(bytes.length + 4), bytes]);
}

export function typeOf(bytes: Buffer): string {
  return String.fromCharCode(bytes[0] ?? 0);
}

/** Fields as `{ S: 'ERROR', C: '42P01', M: 'text' }`. */
export function fields(type: 'E' | 'N', values: Readonly<Record<string, string>>): Buffer {
  const pairs = Object.entries(values).map(([name, value]) => `${name}${value}\0`);
  return message(type, pairs.join(''), '\0');
}

export function dataRow(values: readonly (Buffer | string | null)[]): Buffer {
  const items = values.map((value) => {
    if (value === null) return int32(-1);
    const bytes = Buffer.from(value as string);
    return Buffer.concat([int32(bytes.length), bytes]);
  });
  return message('D', int16(values.length), ...items);
}

/** Cuts a well-formed stream into messages, for what has arrived of it. */
export function createSplitter() {
  let rest = Buffer.alloc(0);
  return (chunk: Buffer): Buffer[] => {
    rest = Buffer.concat([rest, chunk]);
    const whole: Buffer[] = [];
    while (rest.length >= HEADER_BYTES && rest.length > rest.readInt32BE(1)) {
      const end = 1 + rest.readInt32BE(1);
      whole.push(Buffer.from(rest.subarray(0, end)));
      rest = rest.subarray(end);
    }
    return whole;
  };
}

/** What a client has asked, once it waits for the answer. */
export type Request =
  | { readonly kind: 'tls' | 'cancel' | 'goodbye' }
  /** `key` names what is asked: `startup`, `password 1`, or the statements' text. */
  | { readonly kind: 'question'; readonly key: string; readonly bytes: Buffer };

/** Reads what this project's client sends. */
export function createRequestReader(): (chunk: Buffer) => Request[] {
  let rest = Buffer.alloc(0);
  let hasStarted = false;
  let passwords = 0;
  let statements: string[] = [];

  const readFirst = (): Request | null => {
    if (rest.length < 8 || rest.length < rest.readInt32BE(0)) return null;
    const length = rest.readInt32BE(0);
    const [code, bytes] = [rest.readInt32BE(4), rest.subarray(0, length)];
    rest = rest.subarray(length);
    if (code === SSL_REQUEST) return { kind: 'tls' };
    if (code === CANCEL_REQUEST) return { kind: 'cancel' };
    hasStarted = true;
    return { kind: 'question', key: 'startup', bytes };
  };
  const question = (key: string, bytes: Buffer): Request => ({ kind: 'question', key, bytes });
  const split = createSplitter();
  const read = (bytes: Buffer): Request[] => {
    const textFrom = (at: number) => bytes.toString('utf8', at, bytes.indexOf(0, at));
    switch (typeOf(bytes)) {
      case 'p':
        return [question(`password ${++passwords}`, bytes)];
      case 'Q':
        return [question(textFrom(HEADER_BYTES), bytes)];
      case 'P': {
        const nameEnd = bytes.indexOf(0, HEADER_BYTES);
        statements.push(textFrom(nameEnd + 1));
        return [];
      }
      case 'S': {
        const key = statements.join('; ');
        statements = [];
        return [question(key, bytes)];
      }
      case 'X':
        return [{ kind: 'goodbye' }];
      default:
        return [];
    }
  };

  return (chunk) => {
    if (hasStarted) return split(chunk).flatMap(read);
    rest = Buffer.concat([rest, chunk]);
    const found: Request[] = [];
    for (let first = readFirst(); first !== null; first = readFirst()) {
      found.push(first);
      if (first.kind === 'question') return [...found, ...split(rest).flatMap(read)];
    }
    return found;
  };
}
