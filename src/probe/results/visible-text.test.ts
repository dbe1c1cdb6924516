import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MAX_TEXT_LENGTH, visibleText } from './visible-text.js';

test.each([
  ['plain', 'плain, schön, 東京 🐘', 'плain, schön, 東京 🐘'],
  ['line breaks and tabs', 'one\r\ntwo\tthree\u2028four', 'one  two three four'],
  ['a terminal’s escape', '\u001b[31mred', '\\u001b[31mred'],
  ['NUL and DEL', 'a\0b\u007f', 'a\\u0000b\\u007f'],
  ['a text that runs backwards', 'a\u202egnp.exe', 'a\\u202egnp.exe'],
  ['what has no width', 'a\u200bb\ufeff', 'a\\u200bb\\ufeff'],
  ['half a character', 'a\ud83d', 'a\\ud83d'],
])('%s', (_, text, shown) => {
  expect(visibleText(text)).toBe(shown);
});

test('a megabyte is cut, and little of it is read', () => {
  const text = 'z'.repeat(1 << 20);
  const startedAt = performance.now();
  for (let i = 0; i < 100; i++) visibleText(text);
  expect(performance.now() - startedAt).toBeLessThan(500);
  expect(visibleText(text)).toBe(`${'z'.repeat(MAX_TEXT_LENGTH - 1)}…`);
});

test('a text of just the length is whole', () => {
  expect(visibleText('z'.repeat(MAX_TEXT_LENGTH))).toBe('z'.repeat(MAX_TEXT_LENGTH));
});

test('any text becomes a short line of whole characters, and stays what it is then', () => {
  const unit = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 1 }),
    fc.constantFrom('🐘', '\ud83d', '\u202e', 'x'.repeat(400)),
  );
  fc.assert(
    fc.property(fc.array(unit, { maxLength: 700 }), (units) => {
      const shown = visibleText(units.join(''));
      expect(shown.length).toBeLessThanOrEqual(MAX_TEXT_LENGTH);
      expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      expect(visibleText(shown)).toBe(shown);
    }),
  );
});
