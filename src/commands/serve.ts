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
    .description('run the backend of one region; the environment configures it')
    .option(
      '--embedded',
      'if the environment names no database, and outside production: start a PostgreSQL to measure',
    )
    .option(
      '--run-at-start',
      'measure once at the start, at most five rounds, and then on schedule',
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
    'no database is named: starting an embedded PostgreSQL until this command ends\n',
  );
  const database = await startFallbackDatabase();
  try {
    return await serveConfigured({ ...deps.env, ...database.env }, deps, options);
  } finally {
    await database.dispose();
  }
}
