import { isIPv6 } from 'node:net';
import { ATTEMPT_REASONS, type Failure } from '../../probe/results/result.js';
import { connectable, PROGRAM, type Patient } from '../patient/patient.js';
import { hostsOf, placeOf, type Target } from '../../config/target.js';
import { createResolver } from '../../probe/connection/resolve.js';
import { createLoneTarget } from '../../probe/lone-target.js';
import { broken, ok, unknown, warning, type Check, type Finding } from './check.js';
import { mendOf } from './reason-texts.js';

/** More than a name has on purpose. */
const MAX_PLACES = 8;
/** For all of them together, in milliseconds. */
const PATIENCE_MS = 9_000;

/** One address of one host, as a target of its own. */
interface Place {
  readonly label: string;
  readonly address: string;
  readonly target: Target;
}

interface Tried {
  readonly place: Place;
  /** null: a session began there. */
  readonly failure: Failure | null;
  readonly isStandby: boolean;
}

export const addressesCheck: Check = {
  name: 'addresses',
  place: 'beside',
  why: 'a dead address costs each new connection the time until it is given up, and clients that try only the first one fail',
  async run(patient) {
    const { places, failure } = await placesOf(patient);
    if (failure !== null && places.length === 0) {
      const { host, port } = patient.target;
      return [broken(`${failure.reason}: ${failure.message}`, mendOf(failure.reason, host, port))];
    }
    const tried: Tried[] = [];
    const endsAt = performance.now() + PATIENCE_MS;
    for (const place of places.slice(0, MAX_PLACES)) {
      if (performance.now() > endsAt) break;
      tried.push(await tryPlace(place, patient, places.length));
    }
    const [only] = tried;
    if (places.length === 1 && only !== undefined && isDead(only)) return [onlyOne(only)];
    return [...judge(tried, patient), ...leftOut(places, tried.length)];
  },
};

/** What is wrong with it stands at the connection. */
function onlyOne({ place }: Tried): Finding {
  return unknown(`the only address is ${place.label}, and no connection to it works`);
}

/** All addresses of all hosts. `failure`: of a name that has none. */
async function placesOf({ target, beside }: Patient) {
  const places: Place[] = [];
  let failure: Failure | null = null;
  const resolver = createResolver();
  try {
    for (const host of hostsOf(target)) {
      const found = await beside((interrupted) => resolver.resolve(host.host, interrupted));
      if (!found.ok) failure = found;
      for (const address of found.ok ? found.value.addresses : []) {
        // The certificate is that of the name.
        const tls = { ...host.tls, servername: host.tls.servername ?? host.host };
        const label = address === host.host ? placeOf(host) : `${placeOf(host)} (${address})`;
        places.push({ label, address, target: { ...host, host: address, tls } });
      }
    }
  } finally {
    resolver.close();
  }
  return { places, failure };
}

/** The only address of all is that of the connection for questions. */
async function tryPlace(place: Place, patient: Patient, count: number): Promise<Tried> {
  if (count === 1) {
    const opened = await patient.open();
    if ('ok' in opened) return { place, failure: opened, isStandby: false };
    return { place, failure: null, isStandby: opened.setting('in_hot_standby') === 'on' };
  }
  const { sessionAttributes, ...any } = connectable(place.target);
  const lone = createLoneTarget(any, { program: PROGRAM });
  try {
    const opened = await patient.beside(async (interrupted) => {
      const connection = await lone.open(interrupted);
      const isStandby = connection.setting('in_hot_standby') === 'on';
      await connection.close();
      return isStandby;
    });
    return opened.ok
      ? { place, failure: null, isStandby: opened.value }
      : { place, failure: opened, isStandby: false };
  } finally {
    lone.close();
  }
}

function judge(tried: readonly Tried[], { target }: Patient): Finding[] {
  const dead = tried.filter((it) => isDead(it) && !isWithoutIpv6(it));
  const alive = tried.filter((it) => !isDead(it));
  const say = alive.length > 0 ? warning : broken;
  const findings = dead.map(({ place, failure }) => {
    const { reason = 'internal', message = '' } = failure ?? {};
    const mend = mendOf(reason, place.address, place.target.port);
    const found = `${place.label} does not answer: ${reason}: ${message}`;
    return say(found, `${mend}; or take it out of the DNS`);
  });
  const mixed = target.mode === 'read-write' ? standbys(tried) : [];
  if (findings.length + mixed.length > 0) return [...findings, ...mixed];
  return [ok(summary(tried, alive))];
}

/** It cannot be used at all; one that refuses this login answers. */
function isDead({ failure }: Tried): boolean {
  return (
    failure !== null &&
    failure.reason !== 'tls' &&
    (ATTEMPT_REASONS as readonly string[]).includes(failure.reason)
  );
}

/** If this machine has no IPv6, that is not a problem of the name. */
function isWithoutIpv6({ place, failure }: Tried): boolean {
  return failure?.reason === 'unreachable' && isIPv6(place.address);
}

/** Some of them are standbys, and one is none. */
function standbys(tried: readonly Tried[]): Finding[] {
  const found = tried.filter(({ isStandby }) => isStandby);
  if (found.length === 0 || found.length === tried.length) return [];
  const places = found.map(({ place }) => place.label).join(', ');
  return [
    warning(
      `${places} is a standby, and the target is read-write`,
      'add target_session_attrs=read-write to the connection string, or take it out of the DNS',
      'applications that connect there cannot write',
    ),
  ];
}

function summary(tried: readonly Tried[], alive: readonly Tried[]): string {
  const [only] = tried;
  const without = tried.filter((it) => isDead(it) && isWithoutIpv6(it)).length;
  if (tried.length === 1 && only !== undefined) return `1 address, ${only.place.label}, answers`;
  const rest = without === 0 ? '' : `; ${without} are IPv6, which this machine does not have`;
  const list = alive.map(({ place }) => place.label).join(', ');
  return `${alive.length} of ${tried.length} addresses answer: ${list}${rest}`;
}

function leftOut(places: readonly Place[], triedCount: number): Finding[] {
  const left = places.slice(triedCount).map(({ label }) => label);
  if (left.length === 0) return [];
  const shown = left.slice(0, MAX_PLACES).join(', ');
  return [unknown(`${left.length} of ${places.length} addresses were not tried: ${shown}`)];
}
