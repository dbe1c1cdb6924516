import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { fillRegistries, type Grafana, type GrafanaData } from './library.js';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));

export const isInstalled = (): boolean => existsSync(`${FOLDER}node_modules/@grafana/data`);

/** The library in Node, where there is no browser. */
export function loadGrafana(): Grafana {
  // The library asks a browser for its language and its address; there is no page here.
  const browser = globalThis as { navigator?: unknown; window?: unknown };
  browser.navigator ??= { userAgent: 'node', platform: 'linux', languages: ['en-US'] };
  const library = createRequire(import.meta.url)('@grafana/data') as GrafanaData;
  // Only now: a library that finds a window while it is loaded looks for a document as well.
  browser.window ??= globalThis;
  return fillRegistries(library);
}
