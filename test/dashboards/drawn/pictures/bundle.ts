import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
/** Nothing listens there: what the page asks for is answered here. */
export const ORIGIN = 'http://dashboards.invalid';
const DOCUMENT = `<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="/page.css">
<style>body { margin: 0 } * { box-sizing: border-box }</style><div id="root"></div>
<script type="module" src="/page.js"></script>`;

const TYPES: Readonly<Record<string, string>> = { '.css': 'text/css', '.js': 'text/javascript' };

/**
 * Installs what draws, where it is not there: the test of the drawn data needs less.
 *
 * @throws when npm fails
 */
export function installLibraries(): void {
  if (existsSync(`${PACKAGE}node_modules/@grafana/ui`)) return;
  console.error('Installing what draws the pictures (470 MB)');
  const options = ['--no-progress', '--loglevel=error', '--ignore-scripts'];
  const { status } = spawnSync('npm', ['ci', ...options, '--prefix', PACKAGE], {
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) throw new Error('npm ci of test/dashboards/drawn failed');
}

/** What runs in the page, with its libraries, and its style. */
export async function bundle(): Promise<ReadonlyMap<string, string>> {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: { page: `${PACKAGE}pictures/entry.js` },
    bundle: true,
    write: false,
    outdir: PACKAGE,
    format: 'esm',
    minify: true,
    define: { 'process.env.NODE_ENV': '"production"', global: 'window' },
    loader: {
      '.svg': 'text',
      '.png': 'dataurl',
      '.ttf': 'empty',
      '.woff': 'empty',
      '.woff2': 'empty',
    },
    logLevel: 'error',
  });
  return new Map(outputFiles.map(({ path, text }) => [path.slice(PACKAGE.length - 1), text]));
}

/** Opens the bundle in a page, which reaches nothing but it and Prometheus. */
export async function openBundle(
  page: Page,
  files: ReadonlyMap<string, string>,
  prometheusUrl: string,
): Promise<void> {
  await page.route(`${ORIGIN}/**`, async (route) => {
    const request = route.request();
    const { pathname } = new URL(request.url());
    if (pathname.startsWith('/api/')) {
      const body = new URLSearchParams(request.postData() ?? '');
      const answer = await fetch(`${prometheusUrl}${pathname}`, { method: 'POST', body });
      return route.fulfill({ status: answer.status, body: await answer.text() });
    }
    const body = pathname === '/' ? DOCUMENT : files.get(pathname);
    if (body === undefined) return route.fulfill({ status: 404 });
    return route.fulfill({ body, contentType: TYPES[extname(pathname)] ?? 'text/html' });
  });
  await page.goto(`${ORIGIN}/`);
}
