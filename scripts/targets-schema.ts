import { readFileSync, writeFileSync } from 'node:fs';
import { format } from 'prettier';
import { z } from 'zod';
import { targetsFileSchema } from '../src/config/targets-file.js';

/** Writes the JSON schema of TARGETS_FILE; with --check, says whether the written one is up to date. */

const FILE = new URL('../schemas/targets.schema.json', import.meta.url);

const { $schema, ...schema } = z.toJSONSchema(targetsFileSchema, { io: 'input' });
const titled = { $schema, title: "pglatency's TARGETS_FILE", ...schema };
const text = await format(JSON.stringify(titled), { parser: 'json', printWidth: 100 });

if (!process.argv.includes('--check')) writeFileSync(FILE, text);
else if (readFileSync(FILE, 'utf8') !== text) {
  process.stderr.write('schemas/targets.schema.json is out of date: npm run targets:schema\n');
  process.exitCode = 1;
}
