import { mkdtempSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TargetsFile {
  /** To be removed at the end, with whatever else lies in it. */
  readonly folder: string;
  readonly path: string;
  /** Replaces the content at once. JSON is YAML too. */
  write(targets: readonly object[], queries?: readonly object[]): void;
  writeText(text: string): void;
}

/** A TARGETS_FILE in a folder of its own, with no target. */
export function createTargetsFile(): TargetsFile {
  const folder = mkdtempSync(join(tmpdir(), 'pglatency-targets-'));
  const path = join(folder, 'targets.yaml');
  const writeText = (text: string) => {
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
  };
  const write = (targets: readonly object[], queries: readonly object[] = []) => {
    writeText(JSON.stringify({ targets, queries }));
  };
  write([]);
  return { folder, path, write, writeText };
}
