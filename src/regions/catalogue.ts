import { AWS } from './aws.js';
import { AZURE } from './azure.js';
import { DIGITALOCEAN } from './digitalocean.js';
import { FLY } from './fly.js';
import { GOOGLE_CLOUD } from './google-cloud.js';
import { HETZNER } from './hetzner.js';
import { KOYEB, RAILWAY, RENDER, VERCEL } from './other-platforms.js';
import type { Place } from './place.js';

/**
 * The regions that people use, by provider. A region that is not here works too, is shown by its code, and
 * takes its place from REGION_CITY and so on. The order matters only where two providers use one code: the
 * first one counts. A test checks that they mean one city.
 */
export const PROVIDERS: Readonly<Record<string, readonly Place[]>> = {
  'Fly.io': FLY,
  AWS,
  'Google Cloud': GOOGLE_CLOUD,
  Azure: AZURE,
  DigitalOcean: DIGITALOCEAN,
  Hetzner: HETZNER,
  Render: RENDER,
  Railway: RAILWAY,
  Koyeb: KOYEB,
  Vercel: VERCEL,
};

const BY_CODE: ReadonlyMap<string, Place> = new Map(
  Object.values(PROVIDERS)
    .flat()
    .reverse()
    .map((place) => [place.code, place]),
);

/** Where the region of this code is, or undefined when the catalogue does not know it. */
export function findPlace(code: string): Place | undefined {
  return BY_CODE.get(code);
}
