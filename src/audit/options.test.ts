import { describe, expect, test } from 'vitest';
import { parseBudget, parseListen, parseMaxTrips, parsePause, parseReportFile } from './options.js';

test('what the options take', () => {
  expect(parseListen('6543')).toEqual({ host: '127.0.0.1', port: 6543 });
  expect(parseListen('0.0.0.0:6543')).toEqual({ host: '0.0.0.0', port: 6543 });
  expect(parsePause('20ms')).toBe(20);
  expect(parsePause('1.5s')).toBe(1_500);
  expect(parseReportFile('a/b.html')).toEqual([{ path: 'a/b.html', format: 'html' }]);
  expect(parseMaxTrips('checkout=5')).toEqual([{ name: 'checkout', trips: 5 }]);
  expect(parseMaxTrips('GET /cart=5')).toEqual([{ name: 'GET /cart', trips: 5 }]);
  expect(parseMaxTrips('4')).toEqual([{ name: null, trips: 4 }]);
  expect(parseBudget('syd=500ms')).toEqual([{ region: 'syd', ms: 500 }]);
  expect(parseBudget('lhr = 2s', parseBudget('syd=1s'))).toEqual([
    { region: 'syd', ms: 1_000 },
    { region: 'lhr', ms: 2_000 },
  ]);
});

describe('what is wrong names the value and what is allowed', () => {
  test.each<[string, (text: string) => unknown, string, string]>([
    ['--listen', parseListen, '65536', 'ports are 0 to 65535'],
    ['--listen', parseListen, 'nowhere', 'host:port'],
    ['--listen', parseListen, '-1', 'host:port'],
    ['--pause', parsePause, '0', 'a duration above 0'],
    ['--pause', parsePause, '-5ms', 'a duration above 0'],
    ['--pause', parsePause, '5m', 'a duration above 0'],
    ['--pause', parsePause, '2000s', 'at most 60s'],
    ['--report', parseReportFile, 'report.pdf', '.txt, .md, .json, .html'],
    ['--report', parseReportFile, 'html', '.txt, .md, .json, .html'],
    ['--max-trips', parseMaxTrips, 'checkout', 'unit=trips'],
    ['--max-trips', parseMaxTrips, 'checkout=-1', 'unit=trips'],
    ['--max-trips', parseMaxTrips, 'checkout=1.5', 'unit=trips'],
    ['--budget', parseBudget, 'syd', 'region=duration'],
    ['--budget', parseBudget, 'syd=soon', 'a duration above 0'],
    ['--budget', parseBudget, '=5ms', 'region=duration'],
  ])('%s %3$j', (_, parse, text, allowed) => {
    expect(() => parse(text)).toThrow(allowed);
    expect(() => parse(text)).toThrow(`${text.split('=').at(-1) ?? ''}"`);
  });
});
