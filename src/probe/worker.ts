import { parentPort, workerData } from 'node:worker_threads';
import type { Target } from '../target.js';
import type { ProbeAnswer, ProbeRequest, ProbeSettings } from './protocol.js';
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
