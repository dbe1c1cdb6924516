#!/usr/bin/env node
import type { CliDeps, EndSignal } from './base/cli-deps.js';

const END_SIGNALS: readonly EndSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Signals that came before a command listens: loading takes a good part of a second, and a supervisor may send one at
 * once. Nothing has been started that would have to be ended.
 */
const early: EndSignal[] = [];
const keep = (signal: EndSignal) => {
  if (signal !== 'SIGHUP') process.exit(0);
  early.push(signal);
};
if (process.argv[2] === 'serve') for (const signal of END_SIGNALS) process.on(signal, keep);

function onSignal(listener: (signal: EndSignal) => void): () => void {
  for (const signal of END_SIGNALS) process.off(signal, keep).on(signal, listener);
  early.splice(0).forEach(listener);
  return () => {
    for (const signal of END_SIGNALS) process.off(signal, listener);
  };
}

const onTrouble: NonNullable<CliDeps['onTrouble']> = (listener) => {
  // Node.js's own prints text.
  process.removeAllListeners('warning');
  process.on('warning', (warning) => listener(warning, false));
  process.on('uncaughtException', (error) => {
    listener(error, true);
    process.exit(1);
  });
};

/** Exits when standard output is written: a pipe may not have taken all of it yet. */
async function run(): Promise<void> {
  const { stdin, stdout, stderr } = process;
  // The reader may have gone.
  for (const stream of [stdout, stderr]) stream.on('error', () => undefined);
  const env = { ...process.env };
  // Where it is told nothing, the driver reads libpq's variables by itself.
  for (const name of Object.keys(env))
    if (name.startsWith('PG')) Reflect.deleteProperty(process.env, name);
  const { main } = await import('./commands/program.js');
  const deps = { env, stdin, stdout, stderr, onSignal, onTrouble };
  const code = await main(process.argv.slice(2), deps);
  stdout.write('', () => process.exit(code));
}

await run();
