import { readFileSync, writeFileSync } from 'node:fs';
import { format } from 'prettier';
import { z } from 'zod';
import { fleetFileSchema } from '../src/config/fleet-file-schema.js';
import { targetsFileSchema } from '../src/config/targets-file.js';

/** Writes the JSON schemas of the files that people write; with --check, says whether the written ones are up to date. */

const SCHEMAS = [
  ['targets', "pglatency's TARGETS_FILE", targetsFileSchema],
  ['fleet', 'pglatency.yaml', fleetFileSchema],
] as const;

for (const [name, title, definition] of SCHEMAS) {
  const file = new URL(`../schemas/${name}.schema.json`, import.meta.url);
  const { $schema, ...schema } = z.toJSONSchema(definition, { io: 'input' });
  const titled = { $schema, title, ...schema };
  const text = await format(JSON.stringify(titled), { parser: 'json', printWidth: 100 });
  if (!process.argv.includes('--check')) writeFileSync(file, text);
  else if (readFileSync(file, 'utf8') !== text) {
    process.stderr.write(`schemas/${name}.schema.json is out of date: npm run targets:schema\n`);
    process.exitCode = 1;
  }
}
