import type { Target } from '../config/target.js';
import { requestCancel } from './connection/cancel.js';
import { targetOfKey, type HeldConnection } from './connection/held.js';
import type { ThreadMessage } from './protocol.js';

/** The connections that the probe's thread holds, for the time after a crash. */
export interface Holdings {
  /** What the thread says; all but notes about connections is left to others. */
  take(message: ThreadMessage): void;
  list(): readonly HeldConnection[];
  /** Asks the servers to end what they are doing for them. Never throws. */
  cancelAll(targets: readonly Target[], timeoutMs: number): Promise<void>;
}

export function createHoldings(): Holdings {
  const held = new Map<string, HeldConnection>();
  return {
    take(message) {
      if (message.type === 'held') held.set(message.connection.id, message.connection);
      if (message.type === 'released') held.delete(message.id);
    },
    list: () => [...held.values()],
    async cancelAll(targets, timeoutMs) {
      const requests = [...held.values()].map(async ({ target: key, address, cancelKey }) => {
        const target = targetOfKey(targets, key)?.host;
        if (target === undefined) return;
        await requestCancel({ target, address, key: Buffer.from(cancelKey, 'hex'), timeoutMs });
      });
      await Promise.all(requests);
    },
  };
}
