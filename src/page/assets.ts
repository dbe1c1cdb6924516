import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';

/** A file of the page, ready to be sent. */
export interface Asset {
  readonly type: string;
  readonly plain: Buffer;
  readonly gzipped: Buffer;
  readonly etag: string;
}

const compress = promisify(gzip);
const { resolve } = createRequire(import.meta.url);

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The compiled modules of client/. */
const MODULES = [
  'address',
  'attention',
  'attention-list',
  'api',
  'chart-data',
  'chart-words',
  'charts',
  'choices',
  'colours',
  'connection-card',
  'connection-words',
  'detail',
  'dom',
  'format',
  'history-card',
  'incident-words',
  'incidents-card',
  'main',
  'map',
  'normal-words',
  'on-demand',
  'reads',
  'sparkline',
  'stream',
  'table',
  'targets-card',
  'time-split',
  'timeline',
  'world',
] as const;

/** Path → file: a fixed set, so that no request names a file. */
const FILES: ReadonlyMap<string, string> = new Map([
  ['/', here('./static/index.html')],
  ['/page/style.css', here('./static/style.css')],
  ['/favicon.svg', here('./static/favicon.svg')],
  ['/page/uplot.js', resolve('uplot/dist/uPlot.iife.min.js')],
  ['/page/uplot.css', resolve('uplot/dist/uPlot.min.css')],
  ...MODULES.map((name) => [`/page/${name}.js`, here(`./client/${name}.js`)] as const),
]);

export const PAGE_PATHS: readonly string[] = [...FILES.keys()];

/** The files, each read and compressed when it is first asked for. */
export function createAssets() {
  const loaded = new Map<string, Promise<Asset>>();
  return {
    /** @throws the system's error when the build has left the file out. */
    async get(path: string): Promise<Asset | undefined> {
      const file = FILES.get(path);
      if (file === undefined) return undefined;
      const asset = loaded.get(path) ?? load(file);
      loaded.set(path, asset);
      return asset;
    },
  };
}

async function load(file: string): Promise<Asset> {
  const plain = await readFile(file);
  return {
    type: TYPES[extname(file)] ?? 'application/octet-stream',
    plain,
    gzipped: await compress(plain, { level: constants.Z_BEST_COMPRESSION }),
    etag: `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`,
  };
}
