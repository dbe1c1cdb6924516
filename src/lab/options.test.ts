import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CATALOGUE_CODES } from '../regions/regions.js';
import { parseIterations, parseRegions, parseRtt } from './options.js';

describe('--regions', () => {
  it('takes each region once, in the order of the catalogue', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...CATALOGUE_CODES), { minLength: 1 }), (codes) => {
        const expected = CATALOGUE_CODES.filter((code) => codes.includes(code));
        expect(parseRegions(codes.join(','))).toEqual(expected);
        expect(parseRegions(codes.join(' , '))).toEqual(expected);
      }),
    );
  });

  it('refuses anything else, naming it', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[^,\s]{0,5}$/), (text) => {
        fc.pre(!CATALOGUE_CODES.some((code) => code === text));
        expect(() => parseRegions(`lhr,${text}`)).toThrow(
          `"${text}" is not a region; allowed: gru`,
        );
      }),
    );
  });
});

describe('--rtt', () => {
  it('takes milliseconds by region', () => {
    expect(parseRtt('lhr=20,nrt=300.5')).toEqual({ lhr: 20, nrt: 300.5 });
    expect(parseRtt(' lhr = 0 ')).toEqual({ lhr: 0 });
  });

  it.each([
    'lhr',
    'lhr=',
    'lhr=1=2',
    'lhr=1e3',
    'lhr=0x10',
    'lhr=-1',
    'lhr=Infinity',
    'lhr=5001',
    '',
  ])('refuses %j', (text) => expect(() => parseRtt(text)).toThrow());
});

describe('--iterations', () => {
  it('takes 1 to 100 and nothing else', () => {
    fc.assert(
      fc.property(fc.integer({ min: -200, max: 300 }), (count) => {
        const parse = () => parseIterations(String(count));
        if (count >= 1 && count <= 100) expect(parse()).toBe(count);
        else expect(parse).toThrow('a whole number from 1 to 100');
      }),
    );
    for (const text of ['', '1.5', '01', ' 1', 'ten']) {
      expect(() => parseIterations(text)).toThrow(`"${text}"`);
    }
  });
});
