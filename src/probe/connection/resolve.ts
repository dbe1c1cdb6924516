import dns from 'node:dns/promises';
import { isIP } from 'node:net';
import { performance } from 'node:perf_hooks';
import { ProbeError } from '../results/failure.js';
import { createLookUpProcess } from './look-up-process.js';
import { orInterrupted } from './or-interrupted.js';

export interface Resolved {
  /** In the order in which they are tried; at least one. */
  readonly addresses: readonly string[];
  /** null: the host is an address, so nothing was looked up. */
  readonly durationMs: number | null;
}

export interface Resolver {
  /**
   * The addresses of a host. Look-ups of one name that run at the same time share one; one that hangs
   * holds up no other name's.
   *
   * @throws ProbeError with the reason `dns` when the name has none; the signal's reason when it fires.
   */
  resolve(host: string, interrupted: AbortSignal): Promise<Resolved>;
  close(): void;
}

/** The system's resolver: the hosts file, search domains and whatever else it is set up to ask. */
export function createResolver(): Resolver {
  const underWay = new Map<string, Promise<string[]>>();
  const own = createLookUpProcess();

  const lookUp = (name: string): Promise<string[]> => {
    const found = underWay.get(name);
    if (found !== undefined) return found;
    const started = own
      .lookUp(name)
      // Without a shell (distroless images) the runtime's threads have to do.
      .catch(() => inThisProcess(name))
      .finally(() => underWay.delete(name));
    underWay.set(name, started);
    return started;
  };

  return {
    async resolve(host, interrupted) {
      // A directory with a socket in it.
      if (host.startsWith('/')) return { addresses: [host], durationMs: null };
      if (isIP(host.split('%')[0] ?? '') !== 0) return { addresses: [host], durationMs: null };
      const askedAt = performance.now();
      const addresses = await orInterrupted(lookUp(host), interrupted);
      if (addresses.length === 0) {
        throw new ProbeError('dns', `the name ${host} has no address, or its name server fails`);
      }
      return { addresses, durationMs: performance.now() - askedAt };
    },
    close: own.close,
  };
}

async function inThisProcess(name: string): Promise<string[]> {
  const found = await dns.lookup(name, { all: true, verbatim: true });
  return found.map(({ address }) => address);
}
