import type { Command } from 'commander';
import type { CliDeps, Environment } from '../base/cli-deps.js';
import { namesDatabase } from '../config/primary-connection.js';

/** Adds `pglatency serve`. What it needs is loaded when it runs. */
export function addServeCommand(
  program: Command,
  deps: CliDeps,
  exit: (code: number) => void,
): void {
  program
    .command('serve')
    .description("run one region's backend, configured by the environment")
    .option(
      '--embedded',
      'without a database in the environment, and outside production: start a PostgreSQL to measure',
    )
    .option(
      '--run-at-start',
      'measure once at the start, five rounds at most, and then as the schedule says',
    )
    .action(async ({ embedded, ...options }: { embedded?: true; runAtStart?: true }) => {
      const { env } = deps;
      const hasDatabase = namesDatabase(env) || env.NODE_ENV === 'production';
      exit(
        await (embedded && !hasDatabase
          ? serveEmbedded(deps, options)
          : serveConfigured(env, deps, options)),
      );
    });
}

interface Options {
  readonly runAtStart?: true;
}

async function serveConfigured(env: Environment, deps: CliDeps, options: Options): Promise<number> {
  const { serve } = await import('../backend/serve.js');
  return serve(env, deps, options);
}

async function serveEmbedded(deps: CliDeps, options: Options): Promise<number> {
  const { startFallbackDatabase } = await import('../lab/fallback.js');
  deps.stderr.write(
    'no database is named: starting an embedded PostgreSQL, for as long as this runs\n',
  );
  const database = await startFallbackDatabase();
  try {
    return await serveConfigured({ ...deps.env, ...database.env }, deps, options);
  } finally {
    await database.dispose();
  }
}
