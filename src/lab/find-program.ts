import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** The path of a program in the folders of a PATH; null: it is in none. */
export async function findProgram(name: string, path: string | undefined): Promise<string | null> {
  for (const folder of (path ?? '').split(delimiter).filter((entry) => entry !== '')) {
    const candidate = join(folder, name);
    const executable = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (executable) return candidate;
  }
  return null;
}
