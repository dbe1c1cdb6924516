import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_FLEET_CODES } from '../regions/default-fleet.js';
import { isRegionCode } from '../regions/regions.js';
import { parseIterations, parseRegions, parseRtt, regionWithoutDistance } from './options.js';

describe('--regions', () => {
  it('takes each region once, in their order', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...DEFAULT_FLEET_CODES), { minLength: 1 }), (codes) => {
        const expected = { codes: [...new Set(codes)], rttMs: {} };
        expect(parseRegions(codes.join(','))).toEqual(expected);
        expect(parseRegions(codes.join(' , '))).toEqual(expected);
      }),
    );
  });

  it('refuses anything else, naming it', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[^,\s=]{0,5}$/), (text) => {
        fc.pre(!isRegionCode(text));
        expect(() => parseRegions(`lhr,${text}`)).toThrow(
          `${JSON.stringify(text)} is not a region: 1 to 31`,
        );
      }),
    );
  });
});

describe('a region of any provider', () => {
  it('has the round trip that is given with it', () => {
    expect(parseRegions('eu-west-1=25,us-east-1,rack-7=3.5')).toEqual({
      codes: ['eu-west-1', 'us-east-1', 'rack-7'],
      rttMs: { 'eu-west-1': 25, 'rack-7': 3.5 },
    });
    expect(() => parseRegions('eu-west-1=fast')).toThrow('"fast" for eu-west-1 is not allowed');
  });

  it('has one that is computed where its place is known, and none otherwise', () => {
    expect(regionWithoutDistance(['eu-west-1', 'lhr', 'hub', 'koreasouth'], {})).toBeUndefined();
    expect(regionWithoutDistance(['lhr', 'rack-7'], {})).toBe('rack-7');
    expect(regionWithoutDistance(['lhr', 'rack-7'], { 'rack-7': 0 })).toBeUndefined();
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
