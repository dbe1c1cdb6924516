import { places } from './place.js';

/** Render: https://render.com/docs/regions. */
export const RENDER = places([
  ['oregon', 'Oregon', 'US', 45.84, -119.7],
  ['ohio', 'Ohio', 'US', 39.96, -83],
  ['virginia', 'N. Virginia', 'US', 39.04, -77.49],
  ['frankfurt', 'Frankfurt', 'DE', 50.11, 8.68],
  ['singapore', 'Singapore', 'SG', 1.35, 103.82],
]);

/** Railway: https://docs.railway.com/reference/deployment-regions. Its `us-west2` is Google Cloud's name. */
export const RAILWAY = places([
  ['us-east4-eqdc4a', 'N. Virginia', 'US', 39.04, -77.49],
  ['europe-west4-drams3a', 'Amsterdam', 'NL', 52.37, 4.9],
  ['asia-southeast1-eqsg3a', 'Singapore', 'SG', 1.35, 103.82],
]);

/** Koyeb: https://www.koyeb.com/docs/reference/regions. */
export const KOYEB = places([
  ['fra', 'Frankfurt', 'DE', 50.11, 8.68],
  ['par', 'Paris', 'FR', 48.86, 2.35],
  ['was', 'Washington', 'US', 38.9, -77.04],
  ['sfo', 'San Francisco', 'US', 37.77, -122.42],
  ['sin', 'Singapore', 'SG', 1.35, 103.82],
  ['tyo', 'Tokyo', 'JP', 35.68, 139.69],
]);

/** Vercel: https://vercel.com/docs/regions, each inside a region of AWS. */
export const VERCEL = places([
  ['arn1', 'Stockholm', 'SE', 59.33, 18.07],
  ['bom1', 'Mumbai', 'IN', 19.08, 72.88],
  ['cdg1', 'Paris', 'FR', 48.86, 2.35],
  ['cle1', 'Cleveland', 'US', 39.96, -83],
  ['cpt1', 'Cape Town', 'ZA', -33.92, 18.42],
  ['dub1', 'Dublin', 'IE', 53.35, -6.26],
  ['dxb1', 'Dubai', 'AE', 25.2, 55.27],
  ['fra1', 'Frankfurt', 'DE', 50.11, 8.68],
  ['gru1', 'São Paulo', 'BR', -23.55, -46.63],
  ['hkg1', 'Hong Kong', 'HK', 22.32, 114.17],
  ['hnd1', 'Tokyo', 'JP', 35.68, 139.69],
  ['iad1', 'Washington', 'US', 39.04, -77.49],
  ['icn1', 'Seoul', 'KR', 37.57, 126.98],
  ['kix1', 'Osaka', 'JP', 34.69, 135.5],
  ['lhr1', 'London', 'GB', 51.51, -0.13],
  ['pdx1', 'Portland', 'US', 45.84, -119.7],
  ['sfo1', 'San Francisco', 'US', 37.77, -122.42],
  ['sin1', 'Singapore', 'SG', 1.35, 103.82],
  ['syd1', 'Sydney', 'AU', -33.87, 151.21],
  ['yul1', 'Montreal', 'CA', 45.5, -73.57],
]);
