import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  chromium,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from 'playwright-core';
import { findTool } from './tools.js';

/** Where Chromium is; null, said loudly, when it is missing here. Throws where CI=true. */
export function findChromium(): string | null {
  const path = findTool('chromium');
  if (path !== null) return path;
  const message = 'chromium is missing (Debian: apt install chromium)';
  if (process.env.CI === 'true') throw new Error(message);
  console.warn(`\n*** SKIPPED, because ${message}: the browser tests ***\n`);
  return null;
}

const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface TestBrowser {
  readonly context: BrowserContext;
  /** What no page may do: errors on the console, uncaught errors, requests to another origin. */
  readonly complaints: string[];
  open(url: string): Promise<Page>;
  close(): Promise<void>;
}

/** A browser of its own, with a profile that is thrown away. */
export async function startBrowser(
  executablePath: string,
  options: BrowserContextOptions = {},
): Promise<TestBrowser> {
  const profile = await mkdtemp(join(tmpdir(), 'pglatency-browser-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    args: ARGUMENTS,
    ...options,
  });
  const complaints: string[] = [];
  return {
    context,
    complaints,
    async open(url) {
      const page = await context.newPage();
      const { origin } = new URL(url);
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') {
          complaints.push(`console: ${message.text()}`);
        }
      });
      page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`));
      page.on('request', (request) => {
        if (new URL(request.url()).origin !== origin) complaints.push(`request: ${request.url()}`);
      });
      await page.goto(url);
      return page;
    },
    async close() {
      await context.close();
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** The serious and critical violations that axe-core finds, a line each. */
export async function violationsOf(page: Page, axeSource: string): Promise<string[]> {
  await page.evaluate(axeSource);
  const violations = await page.evaluate(async () => {
    interface Axe {
      run(): Promise<{
        violations: {
          id: string;
          impact: string;
          nodes: { html: string; failureSummary: string }[];
        }[];
      }>;
    }
    return (await (globalThis as unknown as { axe: Axe }).axe.run()).violations;
  });
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''} ${nodes[0]?.failureSummary ?? ''}`);
}
