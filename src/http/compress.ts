import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Request, Response } from 'express';
import { toMicroseconds } from './microseconds.js';

const compress = promisify(gzip);

interface Rendered {
  readonly plain: Buffer;
  gzipped?: Promise<Buffer>;
}

/** The key is the answer itself, so one that several callers share is rendered once. */
const rendered = new WeakMap<object, Rendered>();

/** Sends JSON that is worth compressing: a day of runs is 150 kB plain. */
export async function sendCompressed(req: Request, res: Response, body: object): Promise<void> {
  const it = rendered.get(body) ?? { plain: Buffer.from(JSON.stringify(body, toMicroseconds)) };
  rendered.set(body, it);
  res.vary('Accept-Encoding').type('application/json');
  if (req.acceptsEncodings('gzip') === false) {
    res.send(it.plain);
    return;
  }
  it.gzipped ??= compress(it.plain);
  const bytes = await it.gzipped;
  res.set('Content-Encoding', 'gzip').send(bytes);
}
