import { existsSync } from 'node:fs';
import { isIP, isIPv6 } from 'node:net';
import { join } from 'node:path';
import { hostName } from './fields.js';

/** One host of a connection. */
export interface ConnectionHost {
  /** What is dialled. */
  readonly dial: string;
  /** What the certificate and the password file call it. */
  readonly name: string;
  readonly port: number;
}

/** The parameters of a connection, as far as they are asked for one. */
export interface Reader {
  value(name: string): string | undefined;
  /** A problem with the value of a parameter. */
  complain(name: string, expected: string): void;
}

const DEFAULT_PORT = 5432;
/** Debian's, and PostgreSQL's own. */
export const SOCKET_FOLDERS = ['/var/run/postgresql', '/tmp'] as const;
/** Within the deadline of a connection there is no time for more. */
const MAX_HOSTS = 16;

const PORT_FORM =
  'a whole number from 1 to 65535; in a password write / as %2F, ? as %3F and : as %3A, so that it does not end there';

/**
 * The hosts in the order in which they are tried, at least one. `host`, `hostaddr` and `port` are lists with commas,
 * of one length; one port alone is that of every host, and an empty one is 5432 (pqConnectOptions2 of libpq's
 * fe-connect.c).
 */
export function hostsOf(reader: Reader): readonly [ConnectionHost, ...ConnectionHost[]] {
  const { complain } = reader;
  const names = listOf(reader, 'host');
  const addresses = listOf(reader, 'hostaddr');
  const ports = listOf(reader, 'port');
  const count = Math.max(1, addresses?.length ?? names?.length ?? 1);
  if (count > MAX_HOSTS) {
    complain(addresses === null ? 'host' : 'hostaddr', `at most ${MAX_HOSTS} hosts`);
    return [UNKNOWN];
  }
  if (names !== null && names.length !== count) {
    complain('host', `as many hosts as hostaddr has addresses: ${count}, and not ${names.length}`);
    return [UNKNOWN];
  }
  if (ports !== null && ports.length !== 1 && ports.length !== count) {
    complain('port', `one port, or as many as there are hosts: ${count}, and not ${ports.length}`);
    return [UNKNOWN];
  }
  const hostAt = (i: number) =>
    hostOf({
      name: names?.[i] ?? '',
      address: addresses?.[i] ?? '',
      port: portOf(ports?.[ports.length === 1 ? 0 : i] ?? '', reader),
      reader,
    });
  return [hostAt(0), ...Array.from({ length: count - 1 }, (_, i) => hostAt(i + 1))];
}

const UNKNOWN: ConnectionHost = { dial: 'unknown', name: 'unknown', port: DEFAULT_PORT };

/** null: not given. */
function listOf({ value }: Reader, name: string): readonly string[] | null {
  return value(name)?.split(',') ?? null;
}

function portOf(text: string, { complain }: Reader): number {
  if (text === '') return DEFAULT_PORT;
  const port = /^\s*\d{1,5}\s*$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65_535) return port;
  complain('port', PORT_FORM);
  return DEFAULT_PORT;
}

function hostOf(host: {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly reader: Reader;
}): ConnectionHost {
  const { name, address, port, reader } = host;
  if (address !== '' && isIP(address.split('%')[0] ?? '') === 0) {
    reader.complain('hostaddr', 'an IP address; a name goes into host');
  }
  const dial = address || name || socketFolder(port);
  if (address === '' && !isUsable(dial)) {
    reader.complain('host', 'a host name, an IP address or the folder of a Unix socket');
  }
  return { dial, name: name || dial, port };
}

function isUsable(host: string): boolean {
  return host.startsWith('/') || hostName.safeParse(host).success || isZoned(host);
}

/** `fe80::1%eth0` */
function isZoned(host: string): boolean {
  const [address = '', zone = ''] = host.split('%');
  return isIPv6(address) && /^[\w.-]{1,32}$/.test(zone);
}

function socketFolder(port: number): string {
  const found = SOCKET_FOLDERS.find((folder) => existsSync(join(folder, `.s.PGSQL.${port}`)));
  return found ?? SOCKET_FOLDERS[0];
}
