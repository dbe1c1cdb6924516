import { parentPort, workerData } from 'node:worker_threads';
import type { OwnQuery, Target } from '../target.js';
import type { ProbeAnswer, ProbeRequest, ProbeSettings } from './protocol.js';
import type { ReplicaSource } from './replica.js';
import type { Trigger } from './result.js';
import { connectOnce, runProbe } from './run.js';
import type { Session } from './session.js';
import { createSessions, type SessionFor } from './sessions.js';

/**
 * The probe's thread. It has an event loop of its own, so that HTTP requests and scrapes do not stand
 * between an answer's arrival and the clock.
 */

const { region, retentionMs, targets: initialTargets } = workerData as ProbeSettings;
const applicationName = `pglatency/${region}`;
const sessions = createSessions(applicationName);
let targets = initialTargets;
/** Scheduled runs so far, by target. */
const scheduledRuns = new Map<string, number>();
const aborts = new Map<number, AbortController>();

const NEVER_ABORTED = new AbortController().signal;

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
      return connectOnce(targetNamed(request.target), applicationName, NEVER_ABORTED);
    case 'targets':
      targets = request.targets;
      sessions.keepOnly(targets);
      for (const name of scheduledRuns.keys()) if (!isTarget(name)) scheduledRuns.delete(name);
      return null;
    case 'echo':
      return null;
    case 'close':
      await sessions.close();
      return null;
  }
}

function run(request: Extract<ProbeRequest, { type: 'run' }>, signal: AbortSignal) {
  const { id, trigger, iterations } = request;
  const target = targetNamed(request.target);
  return sessions.lend((sessionFor) =>
    runProbe({
      target,
      // Scheduled runs never wait for on-demand ones: each kind has its own connection.
      session: sessionFor({ target, purpose: trigger }),
      queries: dueQueries(target, trigger),
      querySession: querySessionFor(target, trigger, sessionFor),
      source: sourceOf(target, trigger, sessionFor),
      region,
      applicationName,
      trigger,
      iterations,
      retentionMs,
      signal,
      onProgress: (progress) => answer({ type: 'progress', id, progress }),
    }),
  );
}

/** Apart from the probe's own, so that a query which is ended costs the other operations nothing. */
function querySessionFor(target: Target, trigger: Trigger, sessionFor: SessionFor): Session {
  // Behind a pooler a setting would reach other clients; each transaction is read-only as well.
  const warmUp = target.pooler ? 'SELECT 1' : 'SET default_transaction_read_only = on';
  return sessionFor({
    target,
    purpose: `${trigger} queries`,
    warmUp: (client) => client.query(warmUp),
  });
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
  return { name: replicaOf, session: sessionFor({ target, purpose: 'source', replica }) };
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
