import { addressesCheck } from './checks/addresses.js';
import { authenticationCheck } from './checks/authentication.js';
import type { Check } from './checks/check.js';
import type { Config } from '../config/config.js';
import { hasPeers, type FleetSubject } from './checks/fleet-subject.js';
import { peersCheck } from './checks/peers.js';
import { scrapesCheck } from './checks/scrapes.js';
import { tunnelCheck } from './checks/tunnel.js';
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

/** Of the fleet, as far as the configuration tells of one. */
export function fleetChecks(config: Config | null): readonly Check<FleetSubject>[] {
  if (config === null) return [];
  return [
    ...(hasPeers(config) ? [peersCheck, scrapesCheck] : []),
    ...(config.tunnelStatusFile === null ? [] : [tunnelCheck]),
  ];
}
