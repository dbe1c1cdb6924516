import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { messageOf } from '../base/errors.js';
import { parsePeers, type Peer } from '../config/peers.js';
import { DEFAULT_FLEET } from '../regions/default-fleet.js';

export const FORMATS = ['table', 'markdown', 'json', 'csv'] as const;
export type Format = (typeof FORMATS)[number];

export const SORTS = ['rank', 'read', 'insert', 'connect', 'region'] as const;
export type Sort = (typeof SORTS)[number];

export interface BenchOptions {
  /** Exactly one of the three is given, or none: the catalogue's addresses in the tunnel. */
  readonly url?: readonly string[];
  readonly peers?: string;
  readonly app?: string;
  /** Where `app` is looked up, `address:port`; default: the system's name servers. */
  readonly dnsServer?: string;
  /** Every target of every region, instead of the regions' default ones. */
  readonly targets?: boolean;
  readonly iterations: number;
  readonly timeoutMs: number;
  readonly tokenFile?: string;
  readonly sort: Sort;
  readonly format: Format;
  readonly svg?: string;
  readonly compare?: string;
  readonly thresholdPercent: number;
}

export const DEFAULT_PORT = 8080;
const MAX_FILE_BYTES = 256 * 1_024;

/**
 * A peers file: `region=url` a line; # begins a comment.
 *
 * @throws Error naming the file, or the entry and what is allowed.
 */
export function readPeers(path: string): Peer[] {
  const lines = readText('--peers', path)
    .split('\n')
    .flatMap((line) => line.replace(/#.*$/, '').split(','));
  const peers = peersOf(`--peers ${path}`, lines);
  if (peers.length === 0) throw new Error(`--peers ${path}: it names no peer`);
  return peers;
}

/** @throws Error naming where the entries come from, the entry and what is allowed. */
export function peersOf(source: string, entries: readonly string[]): Peer[] {
  try {
    return parsePeers(entries);
  } catch (error) {
    throw new Error(`${source}: ${messageOf(error)}`, { cause: error });
  }
}

/** @throws Error naming the file. */
export function readToken(path: string): string {
  const token = readText('--token-file', path).trim();
  if (/^[\x21-\x7e]{1,256}$/.test(token)) return token;
  throw new Error(`--token-file ${path}: expected one line of printable ASCII without spaces`);
}

/** @throws Error naming the option and the file. */
export function readText(option: string, path: string): string {
  try {
    const text = readFileSync(path, 'utf8');
    if (text.length <= MAX_FILE_BYTES) return text;
  } catch (error) {
    throw new Error(`${option} ${path}: cannot be read (${messageOf(error)})`, { cause: error });
  }
  throw new Error(`${option} ${path}: larger than ${MAX_FILE_BYTES / 1_024} KiB`);
}

/** Every region of the default fleet, at its address in the tunnel. */
export function defaultPeers(): Peer[] {
  return DEFAULT_FLEET.map(({ code, wireguardAddress }) => ({
    region: code,
    origin: `http://${wireguardAddress}:${DEFAULT_PORT}`,
  }));
}

/** `10.0.0.3`, `fdaa::3`, `[fdaa::3]:53` → what a resolver takes. @throws Error naming the value. */
export function parseNameServer(text: string): string {
  if (isIP(text) !== 0) return isIP(text) === 6 ? `[${text}]:53` : `${text}:53`;
  const [, bracketed, plain, port] = /^(?:\[([^\]]*)\]|([\d.]*)):(\d{1,5})$/.exec(text) ?? [];
  const isAddress = isIP(bracketed ?? '') === 6 || isIP(plain ?? '') === 4;
  if (isAddress && Number(port) >= 1 && Number(port) <= 65_535) return text;
  throw new Error(
    `"${text}" is not allowed; expected an IP address such as fdaa::3 or [fdaa::3]:53`,
  );
}

/** `30s`, `2m`, `500ms` → milliseconds. @throws Error naming the value and what is allowed. */
export function parseTimeout(text: string): number {
  const [, number, unit] = /^(\d{1,6})(ms|s|m)$/.exec(text) ?? [];
  const ms = Number(number) * ({ ms: 1, s: 1_000, m: 60_000 }[unit ?? ''] ?? NaN);
  if (ms >= 100 && ms <= 3_600_000) return ms;
  throw new Error(
    `"${text}" is not allowed; expected a duration from 100ms to 60m, such as 30s or 2m`,
  );
}

/** `20%` or `20` → 20. @throws Error naming the value and what is allowed. */
export function parseThreshold(text: string): number {
  const [, number] = /^(\d{1,4}(?:\.\d+)?)%?$/.exec(text) ?? [];
  if (number !== undefined) return Number(number);
  throw new Error(`"${text}" is not allowed; expected a percentage such as 20%`);
}
