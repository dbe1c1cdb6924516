import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import type { CliDeps } from '../base/cli-deps.js';
import { ConfigError, messageOf, type Problem } from '../base/errors.js';
import { FLEET_FILE, fleetFilePath, readFleetFile } from '../config/fleet-file.js';
import type { FleetFile } from '../config/fleet-file-schema.js';
import { renderFleet } from '../fleet/render-fleet.js';
import { MISSING_KEY, type TunnelKeys } from '../wireguard/fleet-peers.js';
import { isKey } from '../wireguard/keys.js';

type Deps = Pick<CliDeps, 'env' | 'stdout' | 'stderr'>;

interface RenderOptions {
  readonly file?: string;
  readonly check?: true;
  readonly publicKeys?: string;
}

/** Adds `pglatency fleet render`. */
export function addFleetCommand(program: Command, deps: Deps, exit: (code: number) => void): void {
  program
    .command('fleet')
    .description('what follows from the file that describes a fleet')
    .command('render')
    .description(
      "write peers, scrape targets, Prometheus's rules and the tunnel's peers into a folder",
    )
    .argument('<folder>', 'where to; it is made')
    .option('--file <path>', `the fleet's file (default: PGLATENCY_FILE, or ${FLEET_FILE})`)
    .option('--public-keys <path>', 'the file that "pglatency wireguard keys" made')
    .option('--check', 'write nothing; exit 1 and name each file that is not up to date')
    .action((folder: string, options: RenderOptions) => {
      exit(render(folder, options, deps));
    });
}

function render(folder: string, { file, check, publicKeys }: RenderOptions, deps: Deps): number {
  const fleet = loadFleet(file ?? fleetFilePath(deps.env) ?? FLEET_FILE);
  const keys = publicKeys === undefined ? null : readKeys(publicKeys);
  const files = renderFleet(fleet, { keys });
  const keyless = [...files].filter(([, text]) => text.includes(MISSING_KEY));
  if (keyless.length > 0) {
    const names = keyless.map(([name]) => name).join(', ');
    deps.stderr.write(
      `${names}: a public key is missing; name the keys' file with --public-keys\n`,
    );
  }
  return check ? compare(folder, files, deps) : write(folder, files, deps);
}

/** @throws ConfigError with every problem */
function loadFleet(path: string): FleetFile {
  const problems: Problem[] = [];
  const fleet = readFleetFile(path, problems);
  if (fleet === null) throw new ConfigError(problems);
  return fleet;
}

/** @throws Error naming the file, and what in it is wrong. */
function readKeys(path: string): TunnelKeys {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(`${path} is no file of public keys: ${messageOf(error)}`, { cause: error });
  }
  const entries = Object.entries(content ?? {});
  const bad = entries.find(([, key]) => typeof key !== 'string' || !isKey(key));
  if (bad !== undefined) throw new Error(`${path}: ${bad[0]} has no WireGuard public key`);
  return Object.fromEntries(entries);
}

function write(folder: string, files: ReadonlyMap<string, string>, { stdout }: Deps): number {
  for (const [name, text] of files) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    stdout.write(`${path}\n`);
  }
  return 0;
}

function compare(folder: string, files: ReadonlyMap<string, string>, { stderr }: Deps): number {
  const drifted = [...files].filter(([name, text]) => contentOf(join(folder, name)) !== text);
  for (const [name] of drifted) {
    const path = join(folder, name);
    const why = existsSync(path) ? 'is out of date' : 'is missing';
    stderr.write(`${path} ${why}: pglatency fleet render ${folder}\n`);
  }
  return drifted.length === 0 ? 0 : 1;
}

function contentOf(path: string): string | null {
  return existsSync(path) ? readFileSync(path, 'utf8') : null;
}
