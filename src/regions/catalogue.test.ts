import { describe, expect, it, test } from 'vitest';
import { findPlace, PROVIDERS } from './catalogue.js';
import { DEFAULT_FLEET } from './default-fleet.js';
import { flagOf, isCountry } from './flag.js';
import { kilometresBetween } from './great-circle.js';
import { isRegionCode, regionOf } from './regions.js';

describe.each(Object.entries(PROVIDERS))('%s', (_, places) => {
  it('has each region once, under a code that is allowed, in a country that there is', () => {
    const codes = places.map(({ code }) => code);
    expect(codes.filter((code) => !isRegionCode(code))).toEqual([]);
    expect(new Set(codes).size).toBe(codes.length);
    expect(places.filter(({ country }) => !isCountry(country))).toEqual([]);
    expect(places.filter(({ city }) => city.trim() === '' || city.length > 20)).toEqual([]);
  });

  it('has coordinates on the earth, and not where a zero was meant for unknown', () => {
    for (const { code, latitude, longitude } of places) {
      expect(Math.abs(latitude), code).toBeLessThanOrEqual(70);
      expect(Math.abs(longitude), code).toBeLessThanOrEqual(180);
      expect([latitude, longitude], code).not.toEqual([0, 0]);
    }
  });
});

test('a code that two providers use is one city, so that the first may be believed', () => {
  const everywhere = Object.values(PROVIDERS).flat();
  for (const place of everywhere) {
    const believed = findPlace(place.code);
    expect(believed?.country, place.code).toBe(place.country);
    expect(kilometresBetween(place, believed ?? place), place.code).toBeLessThan(50);
  }
});

test('the coordinates of one city agree between the providers', () => {
  const byCity = new Map<string, (typeof everywhere)[number]>();
  // Names of wide areas, in which the providers chose different places.
  const wide = ['Virginia', 'Oregon', 'Iowa', 'Ohio', 'Washington'];
  const everywhere = Object.values(PROVIDERS).flat();
  for (const place of everywhere.filter(({ city }) => !wide.includes(city))) {
    const first = byCity.get(`${place.city} ${place.country}`) ?? place;
    byCity.set(`${place.city} ${place.country}`, first);
    expect(kilometresBetween(first, place), `${first.code} ${place.code}`).toBeLessThan(80);
  }
});

test('the clouds are all there', () => {
  const count = (name: string) => PROVIDERS[name]?.length;
  expect([count('Fly.io'), count('AWS'), count('Google Cloud'), count('Azure')]).toEqual([
    36, 39, 43, 67,
  ]);
});

test('the ten regions are as they were', () => {
  const lines = DEFAULT_FLEET.map(({ code, wireguardAddress }) => {
    const { city, flag, country, latitude, longitude } = regionOf(code);
    return `${code} ${city} ${flag} ${country} ${latitude} ${longitude} ${wireguardAddress}`;
  });
  expect(lines).toEqual([
    'gru São Paulo 🇧🇷 BR -23.43 -46.47 10.50.1.1',
    'iad Virginia 🇺🇸 US 38.94 -77.46 10.50.2.1',
    'ord Chicago 🇺🇸 US 41.98 -87.9 10.50.2.2',
    'lax Los Angeles 🇺🇸 US 33.94 -118.41 10.50.2.3',
    'lhr London 🇬🇧 GB 51.47 -0.46 10.50.3.1',
    'fra Frankfurt 🇩🇪 DE 50.03 8.57 10.50.3.2',
    'cdg Paris 🇫🇷 FR 49.01 2.55 10.50.3.3',
    'nrt Tokyo 🇯🇵 JP 35.76 140.39 10.50.4.1',
    'sin Singapore 🇸🇬 SG 1.35 103.99 10.50.4.2',
    'syd Sydney 🇦🇺 AU -33.95 151.18 10.50.4.3',
  ]);
});

test('a region that nobody knows is shown by its code', () => {
  expect(regionOf('rack-7')).toEqual({
    ...{ code: 'rack-7', city: 'rack-7', country: null, flag: '' },
    ...{ latitude: null, longitude: null },
  });
  expect(regionOf('constructor').city).toBe('constructor');
  expect(regionOf('hub').city).toBe('Database hub');
});

test.each(['all', '..', '', '-a', 'LHR', 'a b', 'a_b', 'a'.repeat(32), 'é', 'lhr\n'])(
  'a region cannot be called %j',
  (code) => expect(isRegionCode(code)).toBe(false),
);

test('a flag is the letters of its country', () => {
  expect(flagOf('IE')).toBe('🇮🇪');
  expect(['IE', 'ZZ', 'ie', 'IRL', '12'].map(isCountry)).toEqual([
    true,
    false,
    false,
    false,
    false,
  ]);
});
