import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from '../../probe/connection/connection.js';
import { createLoneTarget, type LoneTarget } from '../../probe/lone-target.js';
import type { Failure } from '../../probe/results/result.js';
import { askReadOnly } from '../patient/ask-read-only.js';
import { connectable, PROGRAM, type Patient } from '../patient/patient.js';
import { broken, ok, unanswered, warning, type Check, type Finding } from './check.js';

const LOOK_EVERY_MS = 1_000;
const SELECT_ONE = { text: 'SELECT 1', values: [] };

/** One that tells its path every half minute that it lives, as pglatency's do, and one that says nothing. */
interface Idler {
  readonly lone: LoneTarget;
  readonly connection: Connection;
  /** When it was seen to have ended, after so many milliseconds; null: not yet. */
  endedAfterMs: number | null;
}

type Outcome = { readonly ok: true } | (Failure & { readonly afterMs: number });

/** `idleMs`: for how long two connections say nothing. */
export function createIdleCheck(idleMs: number): Check {
  return {
    name: 'idle',
    place: 'alone',
    why: 'a NAT, a firewall or a load balancer that forgets idle connections makes the first statement of each pool hang or fail after a quiet time',
    run: (patient) => patient.alone(() => run(patient, idleMs)),
  };
}

async function run(patient: Patient, idleMs: number): Promise<Finding[]> {
  const idlers: Idler[] = [];
  try {
    for (const keepAlive of [true, false]) {
      const target = connectable(patient.target);
      const lone = createLoneTarget(target, { program: PROGRAM, keepAlive });
      const opened = await patient.beside(lone.open);
      if (!opened.ok) {
        lone.close();
        return [unanswered(opened)];
      }
      idlers.push({ lone, connection: opened.value, endedAfterMs: null });
    }
    await waitIdle(idlers, idleMs, patient.signal);
    const [kept, plain] = await askBoth(idlers, patient, idleMs);
    return [judge(kept ?? { ok: true }, plain ?? { ok: true }, idleMs)];
  } finally {
    for (const { connection, lone } of idlers) {
      await connection.close();
      lone.close();
    }
  }
}

/** Until the time is over, or both have ended. */
async function waitIdle(idlers: readonly Idler[], idleMs: number, signal: AbortSignal) {
  const startedAt = performance.now();
  for (;;) {
    const lastedMs = performance.now() - startedAt;
    for (const idler of idlers) {
      if (!idler.connection.isAlive()) idler.endedAfterMs ??= lastedMs;
    }
    if (lastedMs >= idleMs || idlers.every(({ endedAfterMs }) => endedAfterMs !== null)) return;
    await delay(Math.min(LOOK_EVERY_MS, idleMs - lastedMs), undefined, { signal });
  }
}

async function askBoth(idlers: readonly Idler[], patient: Patient, idleMs: number) {
  const outcomes: Outcome[] = [];
  for (const { connection, endedAfterMs } of idlers) {
    const asked = await patient.beside(() => askReadOnly(connection, SELECT_ONE));
    outcomes.push(asked.ok ? { ok: true } : { ...asked, afterMs: endedAfterMs ?? idleMs });
  }
  return outcomes;
}

function judge(kept: Outcome, plain: Outcome, idleMs: number): Finding {
  const time = duration(idleMs);
  if (kept.ok && plain.ok) return ok(`after ${time} without traffic, both connections answer`);
  if (kept.ok) {
    return warning(
      `after ${time} a connection without keep-alive packets is dead (${said(plain)}), and one with them every 30 s answers`,
      'turn on TCP keep-alive in the application (libpq: keepalives_idle=30; node-postgres: keepAlive: true), or on the server: ALTER SYSTEM SET tcp_keepalives_idle = 30',
    );
  }
  return broken(
    `an idle connection does not live for ${time}: ${said(kept)}`,
    `SHOW idle_session_timeout on the server; then the idle timeouts of the pooler, of the load balancer and of the NAT on the way: raise them, or let pools drop a connection before`,
  );
}

function said(outcome: Outcome): string {
  if (outcome.ok) return 'it answers';
  return `${outcome.reason} after ${duration(outcome.afterMs)}: ${outcome.message}`;
}

function duration(ms: number): string {
  return ms < 120_000 ? `${(ms / 1_000).toFixed(0)} s` : `${(ms / 60_000).toFixed(0)} min`;
}
