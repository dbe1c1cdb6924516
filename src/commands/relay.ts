import { isatty } from 'node:tty';
import { Option, type Command } from 'commander';
import type { CliDeps } from '../base/cli-deps.js';
import { jitterOf } from '../lab/distances.js';
import { parseAddress, parseRoundTrip, type Address } from '../lab/options.js';
import { startRelay } from '../lab/relay.js';
import { usage } from './usage.js';

interface Flags {
  readonly upstream: Address;
  readonly listen: Address;
  readonly rtt: number;
}

/** Adds `pglatency relay`: the lab's distance, alone. */
export function addRelayCommand(program: Command, deps: CliDeps): void {
  program
    .command('relay')
    .description('run a TCP relay that adds a distance in front of a database')
    .addOption(
      new Option('--upstream <host:port>', 'the database')
        .argParser(usage(parseAddress))
        .makeOptionMandatory(),
    )
    .addOption(
      new Option('--listen <host:port>', 'address to listen at; port 0 takes any free port')
        .argParser(usage(parseAddress))
        .default({ host: '127.0.0.1', port: 0 }, '127.0.0.1:0'),
    )
    .addOption(
      new Option('--rtt <ms>', 'round-trip time to add, ± 1 %')
        .argParser(usage(parseRoundTrip))
        .makeOptionMandatory(),
    )
    .action((flags: Flags) => runRelay(flags, deps));
}

const STDOUT_FD = 1;

/** Relays until a signal to end. A SIGHUP is one where the terminal has gone; to a daemon it says nothing. */
async function runRelay({ upstream, listen, rtt }: Flags, deps: CliDeps): Promise<void> {
  const ended = new Promise<void>((resolve) => {
    const stopListening = deps.onSignal((signal) => {
      if (signal === 'SIGHUP' && !(deps.stdout.isTTY && !isatty(STDOUT_FD))) return;
      stopListening();
      resolve();
    });
  });
  const relay = await startRelay({
    upstream,
    rttMs: rtt,
    jitterMs: jitterOf(rtt),
    listenHost: listen.host,
    listenPort: listen.port,
  });
  deps.stdout.write(
    `${listen.host}:${relay.port} is ${rtt} ms from ${upstream.host}:${upstream.port}\n`,
  );
  await ended;
  await relay.close();
}
