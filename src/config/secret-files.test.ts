import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from './config.js';

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'pglatency-password-'))));
afterAll(() => rmSync(folder, { recursive: true }));

function file(content: string): string {
  const path = join(folder, 'db-password');
  writeFileSync(path, content);
  return path;
}

describe('DB_PASSWORD_FILE', () => {
  test.each(['hunter2', 'hunter2\n', 'hunter2\r\n'])('holds the password: %j', (content) => {
    const config = loadConfig({ DB_HOST: 'h', DB_PASSWORD_FILE: file(content) });
    expect(config.targets[0]?.password).toBe('hunter2');
  });

  test('keeps the spaces of a password', () => {
    const config = loadConfig({ DB_HOST: 'h', DB_PASSWORD_FILE: file(' a b \n') });
    expect(config.targets[0]?.password).toBe(' a b ');
  });

  test('stands beside a connection string that leaves the password out', () => {
    const env = { DATABASE_URL: 'postgresql://u@h/d', DB_PASSWORD_FILE: file('hunter2') };
    const config = loadConfig(env);
    expect(config.targets[0]?.password).toBe('hunter2');
    expect(config.primaryFrom).toMatchObject({ password: 'DB_PASSWORD_FILE' });
  });

  test.each([
    ['', 'a file that holds the password (it is empty)'],
    ['\n', 'a file that holds the password (it is empty)'],
    ['hunter2\nhunter3\n', 'a file of one line: text without line breaks'],
    [
      'hunter2'.repeat(600),
      'a readable file that holds the password (it holds more than 4096 bytes)',
    ],
  ])('that holds %j is refused, without its content', (content, expected) => {
    let message = '';
    try {
      loadConfig({ DB_HOST: 'h', DB_PASSWORD_FILE: file(content) });
    } catch (error) {
      message = String(error);
    }
    expect(message).toContain(`DB_PASSWORD_FILE: expected ${expected}`);
    expect(message).not.toContain('hunter');
  });

  test.each([
    [
      { DB_PASSWORD_FILE: '/nowhere' },
      'DB_PASSWORD_FILE: expected a readable file that holds the password (ENOENT',
    ],
    [
      { DB_PASSWORD_FILE: '/nowhere', DB_PASSWORD: 'x' },
      'DB_PASSWORD_FILE: expected no value, because DB_PASSWORD is set',
    ],
    [
      { DB_PASSWORD_FILE: '/nowhere', DB_PASSWORD_COMMAND: 'x' },
      'DB_PASSWORD_FILE: expected no value, because DB_PASSWORD_COMMAND is set',
    ],
  ])('%j is a problem', (env, expected) => {
    expect(() => loadConfig({ DB_HOST: 'h', ...env })).toThrow(expected);
  });

  test('must agree with the connection string', () => {
    const env = { DATABASE_URL: 'postgresql://u:other@h/d', DB_PASSWORD_FILE: file('hunter2') };
    expect(() => loadConfig(env)).toThrow('DB_PASSWORD_FILE: expected what DATABASE_URL says');
  });
});

describe('API_TOKEN_FILE', () => {
  const TOKEN = 'a-token-of-sixteen-or-more';

  test.each([TOKEN, `${TOKEN}\n`, `${TOKEN}\r\n`])('holds the token: %j', (content) => {
    const env = { API_TOKEN_FILE: file(content), REQUIRE_TOKEN: 'true' };
    expect(loadConfig(env).http.apiToken).toBe(TOKEN);
  });

  test.each([
    ['', 'a file that holds the token (it is empty)'],
    ['hidden', 'a file of one line: 16 to 256 printable ASCII characters without spaces'],
    [`${TOKEN}\nhidden-token-hidden\n`, 'a file of one line: 16 to 256 printable'],
    ['hidden'.repeat(1_000), 'a readable file that holds the token (it holds more than 4096'],
  ])('that holds %j is one problem, without its content', (content, expected) => {
    let message = '';
    try {
      loadConfig({ API_TOKEN_FILE: file(content), REQUIRE_TOKEN: 'true' });
    } catch (error) {
      message = String(error);
    }
    expect(message).toContain(`API_TOKEN_FILE: expected ${expected}`);
    expect(message).not.toContain('hidden');
    expect(message.match(/API_TOKEN/g)).toHaveLength(1);
  });

  test('stands alone', () => {
    const env = { API_TOKEN_FILE: file(TOKEN), API_TOKEN: TOKEN };
    expect(() => loadConfig(env)).toThrow(
      'API_TOKEN_FILE: expected no value, because API_TOKEN is set',
    );
  });
});
