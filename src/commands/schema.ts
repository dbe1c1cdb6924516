import { InvalidArgumentError, type Command } from 'commander';
import type { z } from 'zod';
import type { CliDeps } from '../base/cli-deps.js';
import { identifier, schemaName } from '../config/fields.js';
import { DEFAULT_REGIONS, schemaScript } from '../probe/schema-script.js';

const MAX_REGIONS = 1_000;

/** `pglatency schema`: SQL for the owner of the database. */
export function addSchemaCommand(program: Command, { stdout }: Pick<CliDeps, 'stdout'>): void {
  program
    .command('schema')
    .description("print the SQL that creates the probe's table, if its role may not")
    .option('--role <name>', 'also create this role, and grant it what the probe needs', roleOption)
    .option('--schema <name>', 'the schema of the table, as PROBE_SCHEMA names it', schemaOption)
    .option(
      '--regions <n>',
      'how many regions share the role; it sets the connection limit',
      regionsOption,
      DEFAULT_REGIONS,
    )
    .action(({ role, schema, regions }: { role?: string; schema?: string; regions: number }) => {
      stdout.write(schemaScript({ role: role ?? null, schema: schema ?? null, regions }));
    });
}

function roleOption(text: string): string {
  // The SQL that makes the role is written between two $$.
  if (text === '' || text.includes('$$')) {
    throw new InvalidArgumentError('Give the name of a role, without $$.');
  }
  return checked(identifier, text);
}

function schemaOption(text: string): string {
  return checked(schemaName, text);
}

function regionsOption(text: string): number {
  const regions = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (regions < 1 || regions > MAX_REGIONS) {
    throw new InvalidArgumentError(`Give a whole number from 1 to ${MAX_REGIONS}.`);
  }
  return regions;
}

function checked(schema: z.ZodType<string>, text: string): string {
  const parsed = schema.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new InvalidArgumentError(`Expected ${parsed.error.issues[0]?.message ?? 'another'}.`);
}
