import type { Environment } from '../base/cli-deps.js';
import type { Problem } from '../base/errors.js';
import { flagOf, isCountry } from '../regions/flag.js';
import { isRegionCode, REGION_FORM, regionOf, type Region } from '../regions/regions.js';
import { controlCharacterProblem } from './fields.js';
import { METADATA_SERVICES, type ToldRegion } from './metadata-service.js';
import { PLATFORM_VARIABLES, platformRegion } from './region-variables.js';

/** Which region this backend is, and how that is known. */
export interface OwnRegion {
  readonly region: Region;
  /** The variable, or the service, that named it; or what to do if nothing named it. */
  readonly source: string;
}

const DEFAULT_SOURCE = 'nothing names it: set REGION';
const DEFAULT_CODE = 'local';
const MAX_CITY = 60;

/** All variables of which the region is made. */
export const OWN_REGION_VARIABLES: readonly string[] = [
  'REGION',
  'REGION_CITY',
  'REGION_COUNTRY',
  'REGION_LATITUDE',
  'REGION_LONGITUDE',
  'REGION_FROM',
  ...PLATFORM_VARIABLES.map(({ name }) => name),
];

/**
 * The region of REGION, of the platform's variable, or what its metadata service told; otherwise `local`.
 * REGION_CITY, REGION_COUNTRY, REGION_LATITUDE and REGION_LONGITUDE win over what the fleet's file describes
 * (`describe`), and that over the catalogue.
 */
export function resolveOwnRegion(
  {
    env,
    told,
    describe = (known) => known,
  }: {
    readonly env: Environment;
    readonly told: ToldRegion | null;
    readonly describe?: (known: Region) => Region;
  },
  problems: Problem[],
): OwnRegion {
  const from = env.REGION_FROM ?? '';
  if (from !== '' && !METADATA_SERVICES.some((name) => name === from)) {
    const expected = `one of ${METADATA_SERVICES.join(', ')}`;
    problems.push({ field: 'REGION_FROM', value: shown(from), expected });
  }
  const { code, source } = nameOf(env, told);
  const isUsable = isRegionCode(code);
  if (!isUsable) problems.push({ field: source, value: shown(code), expected: REGION_FORM });
  const region = describe(regionOf(isUsable ? code : DEFAULT_CODE));
  return { region: { ...region, ...placeOf(env, problems) }, source };
}

function nameOf(env: Environment, told: ToldRegion | null): { code: string; source: string } {
  const own = env.REGION ?? '';
  if (own !== '') return { code: own, source: 'REGION' };
  const { code, source } = platformRegion(env) ?? told ?? { code: null, source: DEFAULT_SOURCE };
  return { code: code ?? DEFAULT_CODE, source };
}

/** What the environment says of the place, without what it does not say. */
function placeOf(env: Environment, problems: Problem[]): Partial<Region> {
  const set = (name: string) => (env[name] ?? '') !== '';
  const city = env.REGION_CITY ?? '';
  if (city.length > MAX_CITY || controlCharacterProblem(city) !== null || city !== city.trim()) {
    const expected = `a name of at most ${MAX_CITY} characters, without control characters and spaces around it`;
    problems.push({ field: 'REGION_CITY', value: shown(city), expected });
  }
  const country = (env.REGION_COUNTRY ?? '').toUpperCase();
  if (country !== '' && !isCountry(country)) {
    const expected = 'the two letters of a country (ISO 3166-1), such as IE';
    problems.push({ field: 'REGION_COUNTRY', value: shown(env.REGION_COUNTRY ?? ''), expected });
  }
  const coordinates = ['REGION_LATITUDE', 'REGION_LONGITUDE'];
  const missing = coordinates.filter((name) => !set(name));
  const [only] = missing;
  if (missing.length === 1 && only !== undefined) {
    problems.push({ field: only, value: '', expected: 'a value, because the other one is set' });
  }
  const latitude = degrees(env, 'REGION_LATITUDE', 90, problems);
  const longitude = degrees(env, 'REGION_LONGITUDE', 180, problems);
  return {
    ...(city !== '' && { city }),
    ...(country !== '' && { country, flag: isCountry(country) ? flagOf(country) : '' }),
    ...(latitude !== null && { latitude }),
    ...(longitude !== null && { longitude }),
  };
}

function degrees(env: Environment, name: string, most: number, problems: Problem[]): number | null {
  const text = env[name] ?? '';
  if (text === '') return null;
  const value = /^-?\d{1,3}(\.\d{1,10})?$/.test(text) ? Number(text) : NaN;
  if (Math.abs(value) <= most) return value;
  const expected = `degrees from -${most} to ${most}, such as 53.35`;
  problems.push({ field: name, value: shown(text), expected });
  return null;
}

/** Enough of a value to recognise it. */
function shown(text: string): string {
  return text.length <= 80 ? text : `${text.slice(0, 80)}…`;
}
