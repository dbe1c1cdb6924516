import type { Environment } from '../base/cli-deps.js';
import { ConfigError, type Problem } from '../base/errors.js';
import { loadConfig, type Config } from './config.js';
import { LIBPQ_VARIABLES } from './libpq-parameters.js';
import { parametersOf } from './primary-connection.js';
import { resolveConnection } from './resolve-connection.js';
import { BUILT_IN_OPERATIONS, type Target } from './target.js';

/** The databases that a command is to look at. */
export interface ArgumentTargets {
  /** At least one. */
  readonly targets: readonly Target[];
  /** Where they come from; null: from connection strings on the command line. */
  readonly config: Config | null;
}

const DEFAULT_TIMEOUT_MS = 10_000;
/** A standby is looked at like any other server. */
const MODE = 'read-only';
const NO_DATABASE =
  'a connection string such as postgres://user@host/database, or a database in the environment (DATABASE_URL, ' +
  'DB_HOST, PGHOST, pglatency.yaml)';

/**
 * The targets of connection strings, each named like its string's place; without one, those of the
 * environment and of pglatency.yaml. What a string leaves out comes from libpq's variables.
 *
 * @throws ConfigError with every problem, and with no value: any of them may be a piece of a password.
 */
export function argumentTargets(urls: readonly string[], env: Environment): ArgumentTargets {
  if (urls.length === 0) {
    const config = loadConfig(env);
    if (config.targets.length > 0) return { targets: config.targets, config };
    throw new ConfigError([{ field: 'URL', value: null, expected: NO_DATABASE }]);
  }
  const problems: Problem[] = [];
  const targets = urls.map((url, i) =>
    targetOfUrl(url, { env, place: urls.length === 1 ? 'URL' : `URL ${i + 1}`, problems }),
  );
  if (problems.length > 0) throw new ConfigError(problems);
  return { targets, config: null };
}

function targetOfUrl(
  url: string,
  { env, place, problems }: { env: Environment; place: string; problems: Problem[] },
): Target {
  const fromUrl = parametersOf(url, place, problems);
  const fromEnvironment = Object.entries(LIBPQ_VARIABLES).flatMap(([field, name]) => {
    const value = env[field] ?? '';
    return value === '' ? [] : [{ name, value, field }];
  });
  const { fields } = resolveConnection([...fromEnvironment, ...fromUrl], {
    field: place,
    env,
    mode: MODE,
    servername: undefined,
    servernameField: `${place} host`,
    problems,
  });
  return {
    ...fields,
    name: place,
    mode: MODE,
    operationTimeoutMs: DEFAULT_TIMEOUT_MS,
    operations: BUILT_IN_OPERATIONS,
    queries: [],
    probeSchema: null,
    replicaOf: null,
  };
}
