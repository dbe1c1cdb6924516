import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const BASE = 'docker.io/library/node:24-trixie-slim';
export const IMAGE = 'localhost/pglatency:test';

export async function runHere(command: string, args: readonly string[]): Promise<string> {
  const options = { cwd: ROOT, maxBuffer: 64 * 1024 * 1024 };
  const { stdout } = await promisify(execFile)(command, args, options);
  return stdout.trim();
}

/** Buildah with a storage of its own below the folder. */
export function buildahIn(folder: string) {
  const store = [
    '--storage-driver',
    'vfs',
    '--root',
    join(folder, 'root'),
    '--runroot',
    join(folder, 'run'),
  ];
  return { store, buildah: (...args: string[]) => runHere('buildah', [...store, ...args]) };
}

/** A clone under umask 077, where everything that git has is the owner's alone. */
const CLOSED_CLONE =
  'umask 077; mkdir "$0"; git ls-files -co --exclude-standard -z | while IFS= read -rd "" name; do ' +
  '[[ -f $name ]] || continue; mkdir -p "$0/$(dirname "$name")"; cp "$name" "$0/$name"; done';

/** Builds the Dockerfile, on the real base with PULL_BASE=true, else on a stand-in. */
export async function buildImage(folder: string): Promise<void> {
  const { store, buildah } = buildahIn(folder);
  if (process.env.PULL_BASE === 'true') await buildah('pull', BASE);
  else await runHere('test/e2e/stand-in-base.sh', [join(folder, 'base'), ...store]);
  const clone = join(folder, 'clone');
  await runHere('bash', ['--norc', '-c', CLOSED_CLONE, clone]);
  const options = ['--pull-never', '--isolation', 'chroot', '--format', 'docker', '--layers=false'];
  await buildah('bud', ...options, '--build-arg', 'REVISION=0123abc', '-t', IMAGE, clone);
}

/** The image as `docker load` takes it, under the name of docker-compose.yml. */
export async function saveImage(folder: string, file: string): Promise<void> {
  await buildahIn(folder).buildah('push', IMAGE, `docker-archive:${file}:pglatency:local`);
}

/** The image's archive: the one that IMAGE_ARCHIVE names, or one that is built now. */
export async function imageArchive(folder: string): Promise<string> {
  const given = process.env.IMAGE_ARCHIVE;
  if (given !== undefined && existsSync(given)) return given;
  await buildImage(folder);
  const file = join(folder, 'image.tar');
  await saveImage(folder, file);
  return file;
}
