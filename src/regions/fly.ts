import { places } from './place.js';

/**
 * Fly.io: https://fly.io/docs/reference/regions/. Codes are IATA airport codes, and the coordinates are
 * the airports'. The first eighteen are open; in the others old Machines may still run.
 */
export const FLY = places([
  ['ams', 'Amsterdam', 'NL', 52.31, 4.76],
  ['arn', 'Stockholm', 'SE', 59.65, 17.92],
  ['bom', 'Mumbai', 'IN', 19.09, 72.87],
  ['cdg', 'Paris', 'FR', 49.01, 2.55],
  ['dfw', 'Dallas', 'US', 32.9, -97.04],
  ['ewr', 'New Jersey', 'US', 40.69, -74.17],
  ['fra', 'Frankfurt', 'DE', 50.03, 8.57],
  ['gru', 'São Paulo', 'BR', -23.43, -46.47],
  ['iad', 'Virginia', 'US', 38.94, -77.46],
  ['jnb', 'Johannesburg', 'ZA', -26.13, 28.24],
  ['lax', 'Los Angeles', 'US', 33.94, -118.41],
  ['lhr', 'London', 'GB', 51.47, -0.46],
  ['nrt', 'Tokyo', 'JP', 35.76, 140.39],
  ['ord', 'Chicago', 'US', 41.98, -87.9],
  ['sin', 'Singapore', 'SG', 1.35, 103.99],
  ['sjc', 'San Jose', 'US', 37.36, -121.93],
  ['syd', 'Sydney', 'AU', -33.95, 151.18],
  ['yyz', 'Toronto', 'CA', 43.68, -79.63],

  ['atl', 'Atlanta', 'US', 33.64, -84.43],
  ['bog', 'Bogotá', 'CO', 4.7, -74.15],
  ['bos', 'Boston', 'US', 42.36, -71.01],
  ['den', 'Denver', 'US', 39.86, -104.67],
  ['eze', 'Buenos Aires', 'AR', -34.82, -58.54],
  ['gdl', 'Guadalajara', 'MX', 20.52, -103.31],
  ['gig', 'Rio de Janeiro', 'BR', -22.81, -43.25],
  ['hkg', 'Hong Kong', 'HK', 22.31, 113.91],
  ['maa', 'Chennai', 'IN', 12.99, 80.17],
  ['mad', 'Madrid', 'ES', 40.47, -3.56],
  ['mia', 'Miami', 'US', 25.79, -80.29],
  ['otp', 'Bucharest', 'RO', 44.57, 26.08],
  ['phx', 'Phoenix', 'US', 33.43, -112.01],
  ['qro', 'Querétaro', 'MX', 20.62, -100.19],
  ['scl', 'Santiago', 'CL', -33.39, -70.79],
  ['sea', 'Seattle', 'US', 47.45, -122.31],
  ['waw', 'Warsaw', 'PL', 52.17, 20.97],
  ['yul', 'Montreal', 'CA', 45.47, -73.74],
]);
