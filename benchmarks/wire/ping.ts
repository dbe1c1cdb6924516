import { runCli } from '../../test/helpers/cli.js';
import { captureWhile } from './capture.js';
import { wireMs } from './exchanges.js';
import type { Compared, Place } from './place.js';

interface PingDocument {
  readonly targets: readonly { readonly samples: readonly { readonly ms: number | null }[] }[];
}

/** Every latency that one `pglatency ping` says, from its start on: nothing is warm but its connection. */
export async function comparePing(place: Place, rounds: number): Promise<Compared> {
  const url = `postgres://${place.user}@${place.host}:${place.port}/postgres?sslmode=disable`;
  const args = ['ping', url, '--json', '--count', String(rounds), '--interval', '100ms'];
  place.arrive();
  try {
    const { value, exchanges } = await captureWhile(
      place.port,
      async () => {
        const { code, stdout, stderr } = await runCli(args);
        if (code !== 0) throw new Error(`ping ended with ${code}: ${stderr}`);
        return JSON.parse(stdout) as PingDocument;
      },
      {
        // The first is the one that makes the connection warm.
        select: (all) => all.filter(({ request }) => request.includes('SELECT 1\0')).slice(1),
        expected: rounds,
      },
    );
    const samples = value.targets[0]?.samples ?? [];
    return { saidMs: samples.map(({ ms }) => ms ?? NaN), wireMs: exchanges.map(wireMs) };
  } finally {
    place.leave();
  }
}
