import { isRegionCode, REGION_FORM } from '../regions/regions.js';

/** Another backend. */
export interface Peer {
  /** The region that it must say it is; null: whatever it says. */
  readonly region: string | null;
  /** Scheme, host and port. */
  readonly origin: string;
}

/** Where the peers come from. */
export type PeerSource =
  | { readonly kind: 'list'; readonly peers: readonly Peer[] }
  | {
      /** Fly.io's private DNS: every region of an application. */
      readonly kind: 'dns';
      readonly app: string;
      /** null: the port that this backend listens on. */
      readonly port: number | null;
    };

export const NO_PEERS: PeerSource = { kind: 'list', peers: [] };

/** More than any fleet has, and few enough to ask all at once. */
const MAX_PEERS = 256;
const SHOWN_CHARACTERS = 80;

/**
 * `lhr=http://host:8080,nrt=http://…` or `dns:<app>` or `dns:<app>:<port>`.
 *
 * @throws Error naming the entry and what is allowed.
 */
export function parsePeerSource(text: string): PeerSource {
  if (text.startsWith('dns:')) return parseDns(text);
  return { kind: 'list', peers: parsePeers(text.split(',')) };
}

/**
 * One peer an entry; empty entries are passed over. A region may be there several times, at several addresses.
 *
 * @throws Error naming the entry and what is allowed.
 */
export function parsePeers(entries: readonly string[]): Peer[] {
  const peers = entries
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map(parsePeer);
  if (peers.length > MAX_PEERS) {
    throw new Error(`${peers.length} peers are too many; at most ${MAX_PEERS}`);
  }
  rejectDuplicateAddresses(peers.map(({ origin }) => origin));
  return peers;
}

/**
 * `region=url`, or a URL alone.
 *
 * @throws Error naming the entry and what is allowed.
 */
export function parsePeer(entry: string): Peer {
  const [, name, url] = /^(?:([^=:/]*)=)?(.*)$/s.exec(entry) ?? [];
  return {
    region: name === undefined ? null : parseRegion(name),
    origin: parseOrigin(url ?? ''),
  };
}

function parseRegion(name: string): string {
  const code = name.trim();
  if (isRegionCode(code)) return code;
  throw new Error(`${quote(name)} is not ${REGION_FORM}`);
}

function parseOrigin(text: string): string {
  const fail = (what: string) =>
    new Error(`${quote(withoutPassword(text))} ${what}; expected such as lhr=http://host:8080`);
  let url: URL;
  try {
    url = new URL(text.trim());
  } catch {
    throw fail('is not a URL');
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw fail('is not http or https');
  if (url.username !== '' || url.password !== '') throw fail('carries a user or a password');
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    throw fail('has more than a host and a port');
  }
  return url.origin;
}

function parseDns(text: string): PeerSource {
  const [, app, port] =
    /^dns:([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)(?::(\d{1,5}))?$/.exec(text) ?? [];
  const number = port === undefined ? null : Number(port);
  if (app === undefined || number === 0 || (number ?? 1) > 65_535) {
    throw new Error(
      `${quote(text)} is not allowed; expected dns:<application> or dns:<application>:<port>`,
    );
  }
  return { kind: 'dns', app, port: number };
}

function rejectDuplicateAddresses(values: readonly string[]): void {
  const twice = values.find((value, i) => values.indexOf(value) !== i);
  if (twice !== undefined) throw new Error(`the address ${quote(twice)} is given twice`);
}

function quote(text: string): string {
  return JSON.stringify(
    text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS)}…`,
  );
}

/** The text before an @ may be a secret. */
function withoutPassword(text: string): string {
  return text.replace(/\/\/[^/]*@/s, '//…@');
}
