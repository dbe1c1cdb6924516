import type { Environment } from '../base/cli-deps.js';
import { ConfigError, type Problem } from '../base/errors.js';
import { LIBPQ_VARIABLES } from '../config/libpq-parameters.js';
import { namesDatabase, parametersOf, primaryConnection } from '../config/primary-connection.js';
import { resolveConnection, type ConnectionFields } from '../config/resolve-connection.js';
import { withService } from '../config/service-file.js';

/**
 * The database: of --upstream, where PG* fill in what it leaves out, or of the environment.
 *
 * @throws ConfigError with every problem, and no value.
 */
export function findConnection(upstream: string | undefined, env: Environment): ConnectionFields {
  const problems: Problem[] = [];
  const { fields } =
    upstream === undefined ? ofEnvironment(env, problems) : ofUrl(upstream, env, problems);
  if (fields.otherHosts !== undefined) {
    const expected = 'one host, because the proxy leads to one server';
    problems.push({
      field: upstream === undefined ? 'host' : '--upstream host',
      value: null,
      expected,
    });
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return fields;
}

function ofEnvironment(env: Environment, problems: Problem[]) {
  if (!namesDatabase(env)) {
    const expected =
      'the connection string of the database, or DATABASE_URL or PGHOST in the environment';
    throw new ConfigError([{ field: '--upstream', value: null, expected }]);
  }
  return primaryConnection(env, problems);
}

function ofUrl(text: string, env: Environment, problems: Problem[]) {
  const field = '--upstream';
  const url = parametersOf(text, field, problems);
  const beside = Object.entries(LIBPQ_VARIABLES).flatMap(([variable, name]) => {
    const value = env[variable] ?? '';
    return value === '' ? [] : [{ name, value, field: variable }];
  });
  // A host of the environment would be another server's.
  const isPlace = (name: string) => ['host', 'hostaddr', 'port', 'service'].includes(name);
  const filling = beside.filter(({ name }) => !isPlace(name));
  return resolveConnection(withService(filling, url, { env, problems }), {
    field,
    env,
    mode: 'read-write',
    servername: undefined,
    servernameField: field,
    problems,
  });
}
