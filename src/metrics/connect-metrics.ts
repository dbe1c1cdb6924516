import type { Registry } from './registry.js';
import {
  ATTEMPT_REASONS,
  FAILURE_REASONS,
  type ConnectPhases,
  type RunResult,
} from '../probe/results/result.js';
import { counter, gauge, MS_PER_SECOND } from './instruments.js';
import { CONNECT_PHASES, METRICS, type ConnectPhase } from './names.js';
import { createSums } from './sums.js';

/** Where a new connection's time goes, and until when the server's certificate holds. */
export function connectMetrics(registry: Registry) {
  const phaseSeconds = createSums(registry, METRICS.connectPhase);
  const lastPhaseSeconds = gauge(registry, METRICS.lastRunConnectPhase);
  const certificateEnd = gauge(registry, METRICS.certificateNotAfter);
  const failures = counter(registry, METRICS.connectAttemptFailures);

  return {
    /** The series of a target whose runs measure `connect`. */
    zero(target: string): void {
      for (const phase of CONNECT_PHASES) phaseSeconds.zero({ target, phase });
      for (const reason of ATTEMPT_REASONS) failures.inc({ target, reason }, 0);
    },

    remove(target: string): void {
      for (const phase of CONNECT_PHASES) {
        phaseSeconds.remove({ target, phase });
        lastPhaseSeconds.remove({ target, phase });
      }
      for (const reason of FAILURE_REASONS) failures.remove({ target, reason });
      certificateEnd.remove({ target });
    },

    /** Takes in a scheduled run. */
    observe({ target, connection, failedAttempts }: RunResult): void {
      for (const { reason } of failedAttempts) failures.inc({ target, reason });
      for (const phase of CONNECT_PHASES) {
        const ms = connection && msOf(connection.phases, phase);
        if (ms === null) {
          lastPhaseSeconds.remove({ target, phase });
          continue;
        }
        phaseSeconds.observe({ target, phase }, ms / MS_PER_SECOND);
        lastPhaseSeconds.set({ target, phase }, ms / MS_PER_SECOND);
      }
      // A failed connection tells nothing new of the certificate: its date stays true.
      if (connection === null) return;
      const endMs = connection.certificateNotAfterMs;
      if (endMs === null) certificateEnd.remove({ target });
      else certificateEnd.set({ target }, endMs / MS_PER_SECOND);
    },
  };
}

function msOf(phases: ConnectPhases, phase: ConnectPhase): number | null {
  return phases[`${phase}Ms`];
}
