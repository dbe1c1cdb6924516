import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Request, Response } from 'express';
import { toMicroseconds } from './microseconds.js';

const compress = promisify(gzip);

/** Sends JSON that is worth compressing: a day of runs is 150 kB plain. */
export async function sendCompressed(req: Request, res: Response, body: unknown): Promise<void> {
  res.vary('Accept-Encoding');
  if (req.acceptsEncodings('gzip') === false) {
    res.json(body);
    return;
  }
  res.type('application/json').set('Content-Encoding', 'gzip');
  res.send(await compress(JSON.stringify(body, toMicroseconds)));
}
