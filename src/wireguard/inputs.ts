import { isIPv4, isIPv6 } from 'node:net';

/** Everything here ends up in a file that a root shell reads: what is not understood is refused. */

const HOST_NAME =
  /^(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$/;
const MIN_PREFIX = 8;

export interface Database {
  /** The port of the hub's tunnel address that leads to it. */
  readonly listenPort: number;
  /** A name, which the hub keeps following, or an IPv4 address. */
  readonly host: string;
  readonly port: number;
}

export const ENDPOINT_FORM = 'host:port, such as 203.0.113.10:51820 or [2001:db8::1]:51820';
export const NETWORK_FORM =
  'IPv4 networks, comma-separated, such as 10.60.1.0/24, none wider than /8';
export const DATABASE_FORM =
  'host, host:port or listen-port=host:port, such as db.example.com:5432; the host a name or an IPv4 address';

/** `host:port`; null when it is not. */
export function parseEndpoint(text: string): string | null {
  const match = /^(?:\[([0-9A-Fa-f:]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  if (match === null) return null;
  const [, ipv6, host = ''] = match;
  const hostIsFine = ipv6 === undefined ? HOST_NAME.test(host) : isIPv6(ipv6);
  return hostIsFine && isPort(Number(match[3])) ? text : null;
}

/** A comma-separated list of IPv4 networks; null when one of them is not. */
export function parseNetworks(text: string): readonly string[] | null {
  const networks = text.split(',').map((part) => part.trim());
  return networks.every(isNetwork) ? networks : null;
}

/** `[listen-port=]host[:port]`; null when it is not. */
export function parseDatabase(text: string): Database | null {
  const match = /^(?:(\d{1,5})=)?([^:=]+)(?::(\d{1,5}))?$/.exec(text);
  if (match === null) return null;
  const host = match[2] as string;
  const port = Number(match[3] ?? 5432);
  const listenPort = Number(match[1] ?? port);
  return HOST_NAME.test(host) && isPort(port) && isPort(listenPort)
    ? { listenPort, host, port }
    : null;
}

export function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65_535;
}

function isNetwork(text: string): boolean {
  const [address = '', prefix = '', ...rest] = text.split('/');
  if (rest.length > 0 || !isIPv4(address) || !/^\d{1,2}$/.test(prefix)) return false;
  return Number(prefix) >= MIN_PREFIX && Number(prefix) <= 32;
}
