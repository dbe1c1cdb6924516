import { describe, expect, it } from 'vitest';
import { splitTag, tagName } from './tags.js';

describe('tags', () => {
  it.each([
    ["SELECT 1 /*action='checkout'*/", 'checkout'],
    ["SELECT 1 /*controller='orders',action='show'*/", 'orders#show'],
    ["SELECT 1 /*route='%2Forders%2F%3Aid',action='x'*/;", '/orders/:id'],
    ['SELECT 1 /*application:shop,controller:orders,action:show*/', 'orders#show'],
    ["/*action='first'*/ SELECT 1", 'first'],
    ["SELECT 1 /*job='nightly'*/", 'nightly'],
  ])('%s', (sql, name) => {
    const found = splitTag(sql);
    expect(found.tag?.name).toBe(name);
    expect(found.sql.trim().replace(/;$/, '')).toBe('SELECT 1');
  });

  it('takes the identity of the request from traceparent', () => {
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    const sql = `SELECT 1 /*action='a',traceparent='00-${trace}-00f067aa0ba902b7-01'*/`;
    expect(splitTag(sql).tag).toEqual({ name: 'a', trace });
  });

  it.each([
    'SELECT 1',
    'SELECT 1 /* why */',
    "SELECT '/*action=''x''*/'",
    "SELECT 1 /*password='x'*/",
  ])('leaves %s as it is', (sql) => {
    expect(splitTag(sql)).toEqual({ sql, tag: null });
  });

  it.each([
    ['/users/42', '/users/:id'],
    ['/users/0b0e7a7e-1111-4222-8333-abcdefabcdef/edit', '/users/:id/edit'],
    ['/invite/jane@example.com', '/invite/:id'],
    ['/search?q=secret', '/search'],
    ['GET /cart', 'GET /cart'],
    ['orders#show', 'orders#show'],
    ['<script>"x"', '<script>x'],
    ['x'.repeat(200), 'x'.repeat(80)],
    ['\u0007', null],
    ['', null],
  ])('shows %j as %j', (text, shown) => {
    expect(tagName(text)).toBe(shown);
  });

  it('reads a long text without a comment in it quickly', () => {
    const startedAt = performance.now();
    for (const text of [
      '/*'.repeat(50_000),
      `/*${'a'.repeat(500_000)}`,
      '/* '.repeat(50_000) + '*/',
    ])
      splitTag(text);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});
