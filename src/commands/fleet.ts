import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import type { CliDeps } from '../base/cli-deps.js';
import { ConfigError, type Problem } from '../base/errors.js';
import { FLEET_FILE, fleetFilePath, readFleetFile } from '../config/fleet-file.js';
import type { FleetFile } from '../config/fleet-file-schema.js';
import { renderFleet } from '../fleet/render-fleet.js';
import { MISSING_KEY } from '../wireguard/fleet-peers.js';
import { readPublicKeys } from '../wireguard/key-files.js';

const PACKAGE = fileURLToPath(new URL('../../', import.meta.url));
const ofPackage = (folder: string, ending?: string) => filesOf(join(PACKAGE, folder), ending);

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
      "write peers, scrape targets, Prometheus's rules, what runs them, manifests and the tunnel's peers into a folder",
    )
    .argument('<folder>', 'where to; it is made')
    .option('--file <path>', `the fleet's file (default: PGLATENCY_FILE, or ${FLEET_FILE})`)
    .option('--public-keys <path>', 'the file that "pglatency wireguard keys" made')
    .option('--check', 'write nothing; exit 1 and name each file that is not up to date')
    .action(async (folder: string, options: RenderOptions) => {
      exit(await render(folder, options, deps));
    });
}

async function render(
  folder: string,
  { file, check, publicKeys }: RenderOptions,
  deps: Deps,
): Promise<number> {
  const path = file ?? fleetFilePath(deps.env) ?? FLEET_FILE;
  const fleet = loadFleet(path);
  const keys = publicKeys === undefined ? null : await readPublicKeys(publicKeys);
  const files = renderFleet(fleet, {
    keys,
    kubernetes: {
      manifests: ofPackage('deploy/kubernetes', '.yaml'),
      fleetFile: readFileSync(path, 'utf8'),
    },
    monitoring: {
      files: ofPackage('deploy/monitoring'),
      alertmanager: ofPackage('prometheus', 'alertmanager.yml').get('alertmanager.yml') ?? '',
      templates: ofPackage('prometheus', '.tmpl'),
      dashboards: ofPackage('dashboards', '.json'),
      provisioning: ofPackage('dashboards/provisioning'),
    },
  });
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

/** A folder's files with this ending, by their paths in it; none where there is no folder. */
function filesOf(folder: string, ending = ''): Map<string, string> {
  if (!existsSync(folder)) return new Map();
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
  return new Map(paths.sort().map((path) => [path, readFileSync(join(folder, path), 'utf8')]));
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
