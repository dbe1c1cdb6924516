import { InvalidArgumentError, Option, type Command } from 'commander';
import type { Environment } from '../base/cli-deps.js';
import { DEFAULT_FLEET, DEFAULT_FLEET_CODES } from '../regions/default-fleet.js';
import { renderHub } from '../wireguard/hub.js';
import { DATABASE_FORM, isPort, parseDatabase, type Database } from '../wireguard/inputs.js';
import {
  HUB,
  keyFiles,
  makeKeys,
  readPublicKeys,
  renderSecrets,
  rotateKey,
  type KeyFiles,
  type MadeKeys,
} from '../wireguard/key-files.js';
import { describePlan, HUB_ADDRESS, LISTEN_PORT } from '../wireguard/plan.js';
import { loadSpoke, renderSpoke } from '../wireguard/spoke.js';

export interface WireguardDeps {
  readonly env: Environment;
  readonly stdout: { readonly isTTY?: boolean; write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

const FOLDER = 'wireguard';

/** Adds `pglatency wireguard keys`, `spoke` and `hub`. Results go to stdout, remarks to stderr. */
export function addWireguardCommand(program: Command, deps: WireguardDeps): void {
  const wireguard = program
    .command('wireguard')
    .description('make the keys of the tunnel, and the configuration of both ends')
    .addHelpText(
      'after',
      `\nThe regions and their addresses inside the tunnel:\n${describePlan(DEFAULT_FLEET)}`,
    );
  addKeysCommand(wireguard, deps);
  addSpokeCommand(wireguard, deps);
  addHubCommand(wireguard, deps);
}

interface KeysOptions {
  readonly folder: string;
  readonly rotate?: string;
  readonly json?: true;
}

function addKeysCommand(wireguard: Command, { stdout, stderr }: WireguardDeps): void {
  wireguard
    .command('keys')
    .description(
      'make the hub\'s and every region\'s key pair, and print what "fly secrets import" reads',
    )
    .option('--folder <path>', "folder for the hub's key and the public keys", FOLDER)
    .addOption(
      new Option('--rotate <owner>', 'replace only this key pair').choices([
        HUB,
        ...DEFAULT_FLEET_CODES,
      ]),
    )
    .option('--json', 'print the keys as JSON')
    .action(async ({ folder, rotate, json }: KeysOptions) => {
      const files = keyFiles(folder);
      const made = await (rotate === undefined
        ? makeKeys(files, DEFAULT_FLEET_CODES)
        : rotateKey(files, rotate));
      stdout.write(json ? toJson(made, files, rotate) : renderSecrets(made, rotate));
      if (stdout.isTTY) {
        stderr.write(
          'These are private keys, and there is no other copy: pipe them into "fly secrets import" or your own store.\n',
        );
      }
      if (rotate === undefined || rotate === 'hub') {
        stderr.write(`${files.hubKey}: the hub's private key; only you can read it\n`);
      }
      stderr.write(`${files.publicKeys}: for "pglatency wireguard hub"\n`);
    });
}

function toJson({ publicKeys, privateKeys }: MadeKeys, files: KeyFiles, only?: string): string {
  const hub = { address: HUB_ADDRESS, public_key: publicKeys.hub, private_key_file: files.hubKey };
  const regions = DEFAULT_FLEET.filter(({ code }) => privateKeys[code] !== undefined).map(
    ({ code, wireguardAddress }) => [
      code,
      {
        address: wireguardAddress,
        public_key: publicKeys.regions[code],
        private_key: privateKeys[code],
      },
    ],
  );
  const withHub = only === undefined || only === 'hub';
  return `${JSON.stringify({ ...(withHub ? { hub } : {}), regions: Object.fromEntries(regions) as unknown }, null, 2)}\n`;
}

function addSpokeCommand(wireguard: Command, { env, stdout }: WireguardDeps): void {
  wireguard
    .command('spoke')
    .description("print a region's wg0.conf, from the environment")
    .addHelpText(
      'after',
      `
The environment:
  REGION or FLY_REGION     the region
  WG_PRIVATE_KEY_<REGION>  its private key (or WG_PRIVATE_KEY)
  WG_HUB_PUBLIC_KEY        the hub's public key
  WG_HUB_ENDPOINT          the hub's address and port, such as 203.0.113.10:51820
  WG_ALLOWED_IPS           networks behind the hub to route too, such as 10.60.1.0/24 (optional)`,
    )
    .action(() => void stdout.write(renderSpoke(loadSpoke(env))));
}

interface HubOptions {
  readonly publicKeys: string;
  readonly database: readonly Database[];
  readonly listenPort: number;
}

function addHubCommand(wireguard: Command, { stdout, stderr }: WireguardDeps): void {
  wireguard
    .command('hub')
    .description("print the hub's wg0.conf: peers, filter and the way to the database")
    .requiredOption(
      '--database <database>',
      'address of the database: [listen-port=]host[:port]; repeatable',
      collectDatabases,
    )
    .option('--public-keys <file>', 'the public keys', keyFiles(FOLDER).publicKeys)
    .option('--listen-port <port>', 'the UDP port of the tunnel', toPort, LISTEN_PORT)
    .action(async ({ publicKeys: file, database: databases, listenPort }: HubOptions) => {
      const publicKeys = await readPublicKeys(file);
      stdout.write(renderHub({ regions: DEFAULT_FLEET, publicKeys, databases, listenPort }));
      const without = DEFAULT_FLEET.filter(({ code }) => publicKeys.regions[code] === undefined);
      for (const { code } of without) {
        stderr.write(`${code} has no key, so it gets no peer; "--rotate ${code}" makes one\n`);
      }
    });
}

function collectDatabases(text: string, before: readonly Database[] = []): readonly Database[] {
  const database = parseDatabase(text);
  if (database === null) throw new InvalidArgumentError(`Expected ${DATABASE_FORM}.`);
  if (before.some(({ listenPort }) => listenPort === database.listenPort)) {
    throw new InvalidArgumentError(
      `Port ${database.listenPort} of the hub is used twice; give another one, such as 5433=${text}.`,
    );
  }
  return [...before, database];
}

function toPort(text: string): number {
  const port = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!isPort(port)) throw new InvalidArgumentError('Give a port from 1 to 65535.');
  return port;
}
