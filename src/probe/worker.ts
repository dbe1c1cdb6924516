import { parentPort, workerData } from 'node:worker_threads';
import { sleepsAfterMs } from '../config/sleeping-services.js';
import type { OwnQuery, Target } from '../config/target.js';
import type { ProbeAnswer, ProbeRequest, ThreadData } from './protocol.js';
import type { GivenPassword } from './password-command.js';
import { ProbeError } from './results/failure.js';
import type { ReplicaSource } from './replica.js';
import type { Sample, Trigger } from './results/result.js';
import { connectOnce } from './connect-once.js';
import type { Connection } from './connection/connection.js';
import { createConnector } from './connection/connector.js';
import { targetOfKey } from './connection/held.js';
import { createHousekeeping } from './housekeeping.js';
import { runProbe } from './run.js';
import type { Session } from './session.js';
import { createSessions, type SessionFor } from './sessions.js';

/**
 * The probe's thread. It has an event loop of its own, so that HTTP requests and scrapes do not stand
 * between an answer's arrival and the clock.
 */

const { region, retentionMs, targets: initialTargets, cutOff } = workerData as ThreadData;
/** What commands have given, by target. */
const passwords: Record<string, GivenPassword> = {};
const connector = createConnector({
  program: `pglatency/${region}`,
  note: (note) => parentPort?.postMessage(note),
  passwordOf,
});
const sessions = createSessions(connector);
const housekeeping = createHousekeeping({ region, retentionMs });
let targets = initialTargets;
/** Scheduled runs so far, by target. */
const scheduledRuns = new Map<string, number>();
/** When each target was last asked, in milliseconds of performance.now(). */
const askedAt = new Map<string, number>();
const aborts = new Map<number, AbortController>();

const NEVER_ABORTED = new AbortController().signal;

for (const held of cutOff) {
  const target = targetOfKey(targets, held.target)?.target;
  if (target !== undefined) connector.endCutOff(target, held);
}

parentPort?.on('message', (request: ProbeRequest) => {
  if (request.type === 'abort') {
    aborts.get(request.id)?.abort();
    return;
  }
  // A rejection is a bug: it ends the thread, loudly, and the main thread starts another.
  void handle(request).then((value) => answer({ type: 'done', id: request.id, value }));
});

function answer(message: ProbeAnswer): void {
  parentPort?.postMessage(message);
}

async function handle(request: Exclude<ProbeRequest, { type: 'abort' }>) {
  switch (request.type) {
    case 'run':
      return abortable(request.id, (signal) => run(request, signal));
    case 'check':
      return check(targetNamed(request.target));
    case 'targets':
      targets = request.targets;
      sessions.keepOnly(targets);
      for (const name of scheduledRuns.keys()) if (!isTarget(name)) scheduledRuns.delete(name);
      return null;
    case 'passwords':
      Object.assign(passwords, request.passwords);
      return null;
    case 'echo':
      return null;
    case 'close':
      await sessions.close();
      connector.close();
      return null;
  }
}

/** @throws ProbeError when its command gave none. */
function passwordOf({ name, password, passwordCommand }: Target): string {
  if (passwordCommand === undefined) return password ?? '';
  const given = passwords[name] ?? { why: 'the password command has not been run yet' };
  if ('why' in given) throw new ProbeError('auth', given.why);
  return given.password;
}

async function check(target: Target): Promise<Sample> {
  const options = { connector, target, trigger: 'request', signal: NEVER_ABORTED } as const;
  return (await connectOnce(options)).sample;
}

function run(request: Extract<ProbeRequest, { type: 'run' }>, signal: AbortSignal) {
  const { id, trigger, iterations } = request;
  const target = targetNamed(request.target);
  answer({ type: 'started', id });
  return sessions.lend((sessionFor) =>
    runProbe({
      connector,
      target,
      // Scheduled runs never wait for on-demand ones: each kind has its own connection.
      session: sessionFor({ target, kind: trigger, purpose: 'main' }),
      queries: dueQueries(target, trigger),
      querySession: querySessionFor(target, trigger, sessionFor),
      source: sourceOf(target, trigger, sessionFor),
      housekeeping,
      mayBeAsleep: mayBeAsleep(target),
      region,
      trigger,
      iterations,
      retentionMs,
      signal,
      onProgress: (progress) => answer({ type: 'progress', id, progress }),
    }),
  );
}

/**
 * Scheduled, apart from the probe's own, so that a query which is ended costs the other operations nothing.
 * On demand they share one: that kind has two connections in all.
 */
function querySessionFor(target: Target, kind: Trigger, sessionFor: SessionFor): Session {
  if (kind === 'request') return sessionFor({ target, kind, purpose: 'main' });
  return sessionFor({ target, kind, purpose: 'queries', warmUp: makeReadOnly });
}

/** Behind a pooler a setting would reach other clients; each transaction is read-only as well. */
async function makeReadOnly(connection: Connection): Promise<null> {
  const text = connection.isPooler ? 'SELECT 1' : 'SET default_transaction_read_only = on';
  await connection.ask([{ text }]);
  return null;
}

/** A service that sleeps when it is idle is woken up first: the time for that is not a latency. */
function mayBeAsleep({ name, host }: Target): boolean {
  const afterMs = sleepsAfterMs(host);
  const lastMs = askedAt.get(name);
  askedAt.set(name, performance.now());
  return afterMs !== null && (lastMs === undefined || performance.now() - lastMs > afterMs);
}

/** Of the scheduled runs each query has every n-th, from the first; every run on demand has them all. */
function dueQueries({ name, queries }: Target, trigger: Trigger): readonly OwnQuery[] {
  if (trigger === 'request') return queries;
  const runs = scheduledRuns.get(name) ?? 0;
  scheduledRuns.set(name, runs + 1);
  return queries.filter(({ everyRuns }) => runs % everyRuns === 0);
}

/** On-demand runs write nothing to a database that nobody asked them to measure. */
function sourceOf(replica: Target, trigger: Trigger, sessionFor: SessionFor): ReplicaSource | null {
  const { replicaOf } = replica;
  if (trigger !== 'schedule' || replicaOf === null) return null;
  const target = targetNamed(replicaOf);
  const session = sessionFor({ target, kind: 'schedule', purpose: 'source' });
  return { name: replicaOf, probeSchema: target.probeSchema, session };
}

function isTarget(name: string): boolean {
  return targets.some((target) => target.name === name);
}

function targetNamed(name: string): Target {
  const target = targets.find((candidate) => candidate.name === name);
  if (target === undefined) throw new Error(`no target is named ${name}`);
  return target;
}

async function abortable<T>(id: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  aborts.set(id, controller);
  try {
    return await work(controller.signal);
  } finally {
    aborts.delete(id);
  }
}
