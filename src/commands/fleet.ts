import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { CliDeps } from '../base/cli-deps.js';
import { FLEET_FILE, fleetFilePath } from '../config/fleet-file.js';
import { renderFleet } from '../fleet/render-fleet.js';
import { MISSING_KEY } from '../wireguard/fleet-peers.js';
import { readPublicKeys } from '../wireguard/key-files.js';
import { loadFleet, ofPackage, settle } from './rendered-files.js';

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
    .description('make the files that follow from pglatency.yaml')
    .command('render')
    .description(
      'write into a folder: peers, scrape targets, alert rules, monitoring, Kubernetes manifests, tunnel peers',
    )
    .argument('<folder>', 'the folder to write to; it is created')
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
      `${names}: a public key is missing; name the file of the public keys with --public-keys\n`,
    );
  }
  const command = `pglatency fleet render ${folder}`;
  return settle(folder, files, { check: check === true, command }, deps);
}
