import { parentPort, workerData } from 'node:worker_threads';
import type { OwnQuery, Target } from '../target.js';
import type { ProbeAnswer, ProbeRequest, ProbeSettings } from './protocol.js';
import type { ReplicaSource } from './replica.js';
import type { Trigger } from './result.js';
import { connectOnce, runProbe } from './run.js';
import { createSession, type Session } from './session.js';

/**
 * The probe's thread. It has an event loop of its own, so that HTTP requests and scrapes do not stand
 * between an answer's arrival and the clock.
 */

const settings = workerData as ProbeSettings;
const applicationName = `pglatency/${settings.region}`;
const sessions = new Map<string, Session>();
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
    case 'echo':
      return null;
    case 'close':
      await Promise.all([...sessions.values()].map((session) => session.close()));
      return null;
  }
}

function run(request: Extract<ProbeRequest, { type: 'run' }>, signal: AbortSignal) {
  const { id, trigger, iterations, withProgress } = request;
  const target = targetNamed(request.target);
  return runProbe({
    target,
    session: sessionFor(target, trigger),
    queries: dueQueries(target, trigger),
    querySession: querySessionFor(target, trigger),
    source: sourceOf(target, trigger),
    region: settings.region,
    applicationName,
    trigger,
    iterations,
    retentionMs: settings.retentionMs,
    signal,
    ...(withProgress && {
      onProgress: (progress) => answer({ type: 'progress', id, progress }),
    }),
  });
}

/** Scheduled runs never wait for on-demand ones: each kind has its own connection. */
function sessionFor(target: Target, trigger: Trigger): Session {
  const key = `${target.name} ${trigger}`;
  const session = sessions.get(key) ?? createSession(target, applicationName);
  sessions.set(key, session);
  return session;
}

/** Apart from the probe's own, so that a query which is ended costs the other operations nothing. */
function querySessionFor(target: Target, trigger: Trigger): Session {
  const key = `${target.name} ${trigger} queries`;
  // Behind a pooler a setting would reach other clients; each transaction is read-only as well.
  const warmUp = target.pooler ? 'SELECT 1' : 'SET default_transaction_read_only = on';
  const session =
    sessions.get(key) ?? createSession(target, applicationName, (client) => client.query(warmUp));
  sessions.set(key, session);
  return session;
}

/** Of the scheduled runs each query has every n-th, from the first; every run on demand has them all. */
function dueQueries({ name, queries }: Target, trigger: Trigger): readonly OwnQuery[] {
  if (trigger === 'request') return queries;
  const runs = scheduledRuns.get(name) ?? 0;
  scheduledRuns.set(name, runs + 1);
  return queries.filter(({ everyRuns }) => runs % everyRuns === 0);
}

/** On-demand runs write nothing to a database that nobody asked them to measure. */
function sourceOf({ name, replicaOf }: Target, trigger: Trigger): ReplicaSource | null {
  if (trigger !== 'schedule' || replicaOf === null) return null;
  const key = `${name} source`;
  const session = sessions.get(key) ?? createSession(targetNamed(replicaOf), applicationName);
  sessions.set(key, session);
  return { name: replicaOf, session };
}

function targetNamed(name: string): Target {
  const target = settings.targets.find((candidate) => candidate.name === name);
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
