import { loadConfig } from '../../src/config/config.js';
import { ConfigError } from '../../src/base/errors.js';

/** What is wrong with an environment that has a database, a line each, as people are told. */
export function configProblemsOf(env: Readonly<Record<string, string>>): string[] {
  try {
    loadConfig({ DB_HOST: 'db.example.com', ...env });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message
      .split('\n')
      .slice(1)
      .map((line) => line.trim());
  }
  return [];
}

/** All that is said about an environment that cannot be used; `none` where it can. */
export function configProblemText(env: Readonly<Record<string, string>>): string {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'none';
}
