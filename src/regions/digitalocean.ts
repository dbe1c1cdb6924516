import { places } from './place.js';

/** DigitalOcean: https://docs.digitalocean.com/platform/regional-availability/. */
export const DIGITALOCEAN = places([
  ['ams2', 'Amsterdam', 'NL', 52.37, 4.9],
  ['ams3', 'Amsterdam', 'NL', 52.37, 4.9],
  ['atl1', 'Atlanta', 'US', 33.75, -84.39],
  ['blr1', 'Bangalore', 'IN', 12.97, 77.59],
  ['fra1', 'Frankfurt', 'DE', 50.11, 8.68],
  ['lon1', 'London', 'GB', 51.51, -0.13],
  ['nyc1', 'New York', 'US', 40.71, -74.01],
  ['nyc2', 'New York', 'US', 40.71, -74.01],
  ['nyc3', 'New York', 'US', 40.71, -74.01],
  ['sfo1', 'San Francisco', 'US', 37.77, -122.42],
  ['sfo2', 'San Francisco', 'US', 37.77, -122.42],
  ['sfo3', 'San Francisco', 'US', 37.77, -122.42],
  ['sgp1', 'Singapore', 'SG', 1.35, 103.82],
  ['syd1', 'Sydney', 'AU', -33.87, 151.21],
  ['tor1', 'Toronto', 'CA', 43.65, -79.38],
]);
