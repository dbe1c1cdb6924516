import type { TunnelRegion } from '../regions/default-fleet.js';

/** What both ends of the tunnel agree on, beside the regions' addresses. */

export { HUB_ADDRESS } from '../regions/default-fleet.js';
/** Holds every address of the plan, and nothing else. */
export const TUNNEL_NETWORK = '10.50.0.0/16';
export const LISTEN_PORT = 51_820;
/** Bytes. The smallest that IPv6 allows, so that it fits through any path without fragments. */
export const MTU = 1280;
/** Seconds. Below the 30 s after which the strictest NAT forgets a UDP flow. */
export const KEEPALIVE_S = 25;

/** `10.50.3.1 lhr (London)`, one region a line, for messages. */
export function describePlan(regions: readonly TunnelRegion[]): string {
  return regions
    .map(({ code, city, wireguardAddress }) => `  ${code}  ${wireguardAddress}  ${city}`)
    .join('\n');
}
