import { access, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isRegionCode, REGION_FORM } from '../regions/regions.js';
import { generateKeyPair, isKey } from './keys.js';
import { privateKeyVariable } from './spoke.js';

/** The public keys of both ends: no secret, and all that the hub's configuration is made of. */
export interface PublicKeys {
  readonly hub: string;
  readonly regions: Readonly<Record<string, string | undefined>>;
}

/** The hub's name among the owners of key pairs; the others are regions. */
export const HUB = 'hub';

/** What was made just now. The regions' private keys are nowhere else: they go where this goes. */
export interface MadeKeys {
  readonly publicKeys: PublicKeys;
  /** By region; the hub's is in its file. */
  readonly privateKeys: Readonly<Record<string, string>>;
}

export interface KeyFiles {
  /** The hub's private key, mode 0600. */
  readonly hubKey: string;
  readonly publicKeys: string;
}

export function keyFiles(folder: string): KeyFiles {
  return { hubKey: join(folder, 'hub.key'), publicKeys: join(folder, 'public-keys.json') };
}

/**
 * Makes the hub's and each of these regions' key pair, and writes the two files.
 *
 * @throws Error if one of them exists: a key that is in use is replaced by `rotateKey` alone.
 */
export async function makeKeys(files: KeyFiles, regions: readonly string[]): Promise<MadeKeys> {
  for (const file of [files.hubKey, files.publicKeys]) await refuseToOverwrite(file);
  const hub = generateKeyPair();
  const pairs = regions.map((code) => [code, generateKeyPair()] as const);
  const publicKeys = {
    hub: hub.publicKey,
    regions: Object.fromEntries(pairs.map(([code, { publicKey }]) => [code, publicKey])),
  };
  await mkdir(dirname(files.hubKey), { recursive: true, mode: 0o700 });
  await writeFile(files.hubKey, `${hub.privateKey}\n`, { mode: 0o600, flag: 'wx' });
  await writeFile(files.publicKeys, toJson(publicKeys), { flag: 'wx' });
  const privateKeys = Object.fromEntries(pairs.map(([code, pair]) => [code, pair.privateKey]));
  return { publicKeys, privateKeys };
}

/**
 * Replaces one key pair, or makes that of a region that is new.
 *
 * @throws Error if the public keys' file cannot be read.
 */
export async function rotateKey(files: KeyFiles, owner: string): Promise<MadeKeys> {
  const old = await readPublicKeys(files.publicKeys);
  const { privateKey, publicKey } = generateKeyPair();
  const publicKeys =
    owner === HUB
      ? { ...old, hub: publicKey }
      : { ...old, regions: { ...old.regions, [owner]: publicKey } };
  if (owner === HUB) await replaceFile(files.hubKey, `${privateKey}\n`, 0o600);
  await replaceFile(files.publicKeys, toJson(publicKeys), 0o644);
  return { publicKeys, privateKeys: owner === HUB ? {} : { [owner]: privateKey } };
}

/**
 * Reads the public keys' file.
 *
 * @throws Error naming the file, and what in it is wrong.
 */
export async function readPublicKeys(file: string): Promise<PublicKeys> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new Error(`${file} cannot be read; "pglatency wireguard keys" makes it`, {
      cause: error,
    });
  });
  const fail = (why: string): never => {
    throw new Error(`${file}: ${why}`);
  };
  const content = parseJson(text) ?? fail('not a JSON object');
  const { hub, ...regions } = content;
  for (const [owner, key] of Object.entries(content)) {
    if (!isRegionCode(owner)) fail(`${JSON.stringify(owner)} is not ${REGION_FORM}`);
    if (typeof key !== 'string' || !isKey(key)) fail(`${owner} has no WireGuard public key`);
  }
  return {
    hub: (hub as string | undefined) ?? fail('the hub has no public key'),
    regions: regions as PublicKeys['regions'],
  };
}

/** What `fly secrets import` reads: a line a variable. */
export function renderSecrets({ publicKeys, privateKeys }: MadeKeys, owner?: string): string {
  const hub = owner === undefined || owner === HUB ? [['WG_HUB_PUBLIC_KEY', publicKeys.hub]] : [];
  const regions = Object.entries(privateKeys).map(([code, key]) => [privateKeyVariable(code), key]);
  return [...hub, ...regions].map(([name, value]) => `${name}=${value}\n`).join('');
}

function toJson({ hub, regions }: PublicKeys): string {
  return `${JSON.stringify({ hub, ...regions }, null, 2)}\n`;
}

function parseJson(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && !Array.isArray(value) ? (value as never) : null;
  } catch {
    return null;
  }
}

async function refuseToOverwrite(file: string): Promise<void> {
  const exists = await access(file).then(
    () => true,
    () => false,
  );
  if (exists) {
    throw new Error(`${file} exists and is not overwritten; --rotate <region> replaces one key`);
  }
}

/** In one step: a reader sees the old content or the new, never a part. */
async function replaceFile(file: string, content: string, mode: number): Promise<void> {
  const next = `${file}.new`;
  await writeFile(next, content, { mode, flag: 'wx' });
  await rename(next, file);
}
