import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { databaseError } from '../../src/http/http-error.js';
import { FAILURE_REASONS, type FailureReason } from '../../src/probe/results/result.js';

const read = (name: string) => readFile(new URL(`../../docs/${name}`, import.meta.url), 'utf8');

/** The part of a page below a heading, up to the next one of its level or above. */
function section(page: string, heading: string): string {
  const [, below = ''] = page.split(`\n${heading}\n`);
  const level = /^#+/.exec(heading)?.[0].length ?? 0;
  return below.split(new RegExp(`\n#{1,${level}} `))[0] ?? '';
}

function groups(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, group = '']) => group);
}

describe('each reason of a failure is said once, in the order of the list', () => {
  test('in the table of docs/metrics.md, which links to the runbook', async () => {
    const [, table = ''] = (await read('metrics.md')).split(
      '| reason | what happened |\n|---|---|\n',
    );
    const rows = (table.split('\n\n')[0] ?? '').split('\n');
    expect(rows.map((row) => row.split(' | ')[0])).toEqual(
      FAILURE_REASONS.map((reason) => `| [\`${reason}\`](runbook.md#${reason})`),
    );
  });

  test('in docs/runbook.md, with a paragraph of its own', async () => {
    const reasons = section(await read('runbook.md'), '## Reasons');
    expect(groups(reasons, /^### (.*)$/gm)).toEqual(FAILURE_REASONS.map((name) => `\`${name}\``));
    for (const name of FAILURE_REASONS) {
      const paragraph = section(reasons, `### \`${name}\``).trim();
      expect(paragraph, name).toMatch(/^[A-Z].{150,}\.$/);
    }
  });

  test('in the description of the panel that shows them', async () => {
    const dashboard = await readFile(
      new URL('../../dashboards/region.json', import.meta.url),
      'utf8',
    );
    const [, description = ''] =
      /"description": "(Failed operations by reason\.[^"]*)"/.exec(dashboard) ?? [];
    for (const reason of FAILURE_REASONS) {
      const mentions = description.match(new RegExp(`\\b${reason}\\b(?=[,:])`, 'g')) ?? [];
      expect(mentions.length, reason).toBe(1);
    }
  });

  test('in docs/api.md, at the status of its answer', async () => {
    const errors = section(await read('api.md'), '## Errors');
    const statusOf = (reason: FailureReason) =>
      databaseError({ ok: false, reason, message: '' }, 'host').status;
    for (const reason of FAILURE_REASONS) {
      const rows = errors.split('\n').filter((row) => row.includes(`\`${reason}\``));
      expect(rows.length, reason).toBe(1);
      expect(rows[0], reason).toMatch(new RegExp(`^\\| ${statusOf(reason)} `));
    }
  });
});

test('whoever begins with the reason is led to the runbook', async () => {
  expect(await read('troubleshooting.md')).toContain('(runbook.md#reasons)');
});
