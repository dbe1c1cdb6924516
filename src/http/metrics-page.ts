import type { ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { constants, gzip, gzipSync } from 'node:zlib';
import type { Metrics } from '../metrics/metrics.js';
import { latestOf } from './latest-of.js';

const inOtherThread = promisify(gzip);

/** Below this another thread costs this one more than to compress: 0.5 ms for 80 kB. */
const LARGE_BYTES = 262_144;

export type Encoding = 'identity' | 'gzip';

/** What /metrics answers, plain or compressed. */
export interface MetricsPage {
  read(encoding: Encoding): Promise<Buffer>;
  send(res: ServerResponse, encoding: Encoding, bytes: Buffer): void;
}

export function createMetricsPage(
  metrics: Pick<Metrics, 'contentType' | 'render' | 'changes'>,
): MetricsPage {
  const page = latestOf(async () => {
    const plain = Buffer.from(await metrics.render());
    let gzipped: Buffer | Promise<Buffer> | undefined;
    return { plain, gzip: () => (gzipped ??= compress(plain)) };
  }, metrics.changes);
  return {
    async read(encoding) {
      const { plain, gzip: gzipped } = await page();
      return encoding === 'gzip' ? gzipped() : plain;
    },
    send(res, encoding, bytes) {
      res.setHeader('Vary', 'Accept-Encoding').setHeader('Content-Type', metrics.contentType);
      if (encoding === 'gzip') res.setHeader('Content-Encoding', 'gzip');
      res.end(bytes);
    },
  };
}

function compress(bytes: Buffer): Buffer | Promise<Buffer> {
  const options = { level: constants.Z_BEST_SPEED };
  return bytes.length < LARGE_BYTES ? gzipSync(bytes, options) : inOtherThread(bytes, options);
}
