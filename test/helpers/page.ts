import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterEach } from 'vitest';
import { startBrowser, type TestBrowser } from './browser.js';

export const AXE = readFileSync(
  createRequire(import.meta.url).resolve('axe-core/axe.min.js'),
  'utf8',
);
export const DESKTOP = { width: 1280, height: 860 };
/** Where a person finds the screenshots; only `SCREENSHOTS=true` writes them again. */
const IMAGES = fileURLToPath(new URL('../../docs/images/', import.meta.url));

/** Browsers for the tests of a file, and whatever else is pushed to `closing`: closed after each test. */
export function createPageTest(chromium: string | null) {
  const closing: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  async function browse(options = {}): Promise<TestBrowser> {
    const browser = await startBrowser(chromium as string, { viewport: DESKTOP, ...options });
    closing.push(browser.close);
    return browser;
  }
  return { closing, browse };
}

export const regionsOf = (page: Page) => page.locator('.line .code').allTextContents();

export const hasNoHorizontalScroll = (page: Page) =>
  page.evaluate<boolean>('document.documentElement.scrollWidth <= innerWidth');

export async function shoot(page: Page, name: string): Promise<void> {
  if (process.env.SCREENSHOTS !== 'true') return;
  await keepPicture(await page.screenshot({ fullPage: true }), name);
}

/** Writes a picture for a person, if `SCREENSHOTS=true`. */
export async function keepPicture(picture: Buffer, name: string): Promise<void> {
  if (process.env.SCREENSHOTS !== 'true') return;
  const path = `${IMAGES}${name}.png`;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, picture);
}
