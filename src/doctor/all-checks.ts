import { addressesCheck } from './checks/addresses.js';
import { authenticationCheck } from './checks/authentication.js';
import type { Check } from './checks/check.js';
import { clockCheck } from './checks/clock.js';
import { connectionCheck } from './checks/connection.js';
import { createIdleCheck } from './checks/idle.js';
import { limitsCheck } from './checks/limits.js';
import { packetsCheck } from './checks/packets.js';
import { publicationsCheck } from './checks/publications.js';
import { replicationCheck } from './checks/replication.js';
import { rightsCheck } from './checks/rights.js';
import { serverCheck } from './checks/server.js';
import { timeoutsCheck } from './checks/timeouts.js';
import { tlsCheck } from './checks/tls.js';
import { versionCheck } from './checks/version.js';

/** Of one database, in the order in which people read them. `idleMs`: null leaves out the idle connections. */
export function databaseChecks(idleMs: number | null): readonly Check[] {
  return [
    connectionCheck,
    addressesCheck,
    tlsCheck,
    authenticationCheck,
    serverCheck,
    versionCheck,
    rightsCheck,
    publicationsCheck,
    replicationCheck,
    limitsCheck,
    timeoutsCheck,
    clockCheck,
    packetsCheck,
    ...(idleMs === null ? [] : [createIdleCheck(idleMs)]),
  ];
}
