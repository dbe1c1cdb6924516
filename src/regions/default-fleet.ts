import { regionOf } from './regions.js';

/** A region of a fleet that reaches its database through the tunnel. */
export interface TunnelRegion {
  readonly code: string;
  readonly city: string;
  /** The region's address inside the tunnel. */
  readonly wireguardAddress: string;
}

/** The hub's address inside the tunnel. */
export const HUB_ADDRESS = '10.50.0.1';

const ADDRESSES = {
  gru: '10.50.1.1',
  iad: '10.50.2.1',
  ord: '10.50.2.2',
  lax: '10.50.2.3',
  lhr: '10.50.3.1',
  fra: '10.50.3.2',
  cdg: '10.50.3.3',
  nrt: '10.50.4.1',
  sin: '10.50.4.2',
  syd: '10.50.4.3',
} as const;

/** The fleet that is meant where nobody names one: ten regions on Fly.io. */
export const DEFAULT_FLEET: readonly TunnelRegion[] = Object.entries(ADDRESSES).map(
  ([code, wireguardAddress]) => ({ code, city: regionOf(code).city, wireguardAddress }),
);

export const DEFAULT_FLEET_CODES: readonly string[] = Object.keys(ADDRESSES);
