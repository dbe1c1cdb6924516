import type { Target } from '../config/target.js';
import type { Connection } from './connection/connection.js';
import { createConnector } from './connection/connector.js';
import type { ConnectionNote } from './connection/held.js';
import { orInterrupted } from './connection/or-interrupted.js';
import { createResolver } from './connection/resolve.js';
import type { GivenPassword } from './password-command.js';
import { createPasswords } from './passwords.js';
import { ProbeError } from './results/failure.js';

/** Opens connections to one target that a command looks at, outside a backend. */
export interface LoneTarget {
  /** Runs the password command, if there is one, and opens a connection. @throws as Connector.open. */
  open(signal: AbortSignal): Promise<Connection>;
  /** All addresses of the name, in the order in which they are tried, as of the latest look-up. */
  addresses(): readonly string[];
  close(): void;
}

export interface LoneTargetOptions {
  /** Its sessions' application_name begins so. */
  readonly program: string;
  readonly note?: (note: ConnectionNote) => void;
  /** Whether an idle connection tells its path that it lives; absent: yes. */
  readonly keepAlive?: boolean;
}

export function createLoneTarget(target: Target, options: LoneTargetOptions): LoneTarget {
  const { program, note = () => undefined, keepAlive = true } = options;
  const passwords = createPasswords();
  const system = createResolver();
  let addresses: readonly string[] = [];
  let given: GivenPassword | undefined;
  const connector = createConnector({
    program,
    note,
    keepAlive,
    passwordOf({ password }) {
      if (given === undefined) return password ?? '';
      if ('why' in given) throw new ProbeError('auth', given.why);
      return given.password;
    },
    resolver: {
      async resolve(host, interrupted) {
        const found = await system.resolve(host, interrupted);
        addresses = found.addresses;
        return found;
      },
      close: system.close,
    },
  });
  return {
    async open(signal) {
      given = (await orInterrupted(passwords.of([target]), signal))[target.name];
      return connector.open(target, 'request', signal);
    },
    addresses: () => addresses,
    close() {
      passwords.stop();
      connector.close();
    },
  };
}
