import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '../../src/lab/embedded-postgres.js';

declare module 'vitest' {
  export interface ProvidedContext {
    postgres: { host: string; port: number; user: string; password: string };
  }
}

/** One real PostgreSQL for all test files; each makes databases of its own on it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startEmbeddedPostgres();
  const { host, port, user, password } = server;
  project.provide('postgres', { host, port, user, password });
  return () => server.dispose();
}
