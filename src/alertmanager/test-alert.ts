import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AlertmanagerClient, Requests, SeenAlert, SentAlert } from './client.js';

export interface TestAlertOptions {
  readonly fleet: string;
  readonly severity: 'page' | 'ticket';
  /** Where the alert's links lead. */
  readonly url: string;
  readonly timeoutMs: number;
}

/** taken: the service answered without an error. refused: it did not. waiting: Alertmanager has not sent it yet. */
export type Outcome = 'taken' | 'refused' | 'waiting';

export interface TestAlertResult {
  /** The label by which this test can be found. */
  readonly target: string;
  readonly services: readonly {
    readonly receiver: string;
    readonly service: string;
    readonly outcome: Outcome;
  }[];
  /** What keeps it from being sent at all; null: nothing. */
  readonly problem: string | null;
}

const POLL_MS = 500;

/**
 * Sends an alert through Alertmanager, waits until every service of its receivers has answered, and ends the alert.
 * What the services answered is read from Alertmanager's counters: another alert at the same moment is counted too.
 */
export async function sendTestAlert(
  client: AlertmanagerClient,
  options: TestAlertOptions,
): Promise<TestAlertResult> {
  const deadline = performance.now() + options.timeoutMs;
  // A name of its own, so that no earlier test's group makes this one wait.
  const target = `test-${randomBytes(4).toString('hex')}`;
  const before = await client.requests();
  const known = await client.receivers();
  const alert = testAlert(target, options);
  await client.send(alert);
  try {
    return await follow();
  } finally {
    await client.send({ ...alert, endsAt: new Date().toISOString() });
  }

  async function follow(): Promise<TestAlertResult> {
    for (;;) {
      const [seen] = await client.find('target', target);
      const problem = seen === undefined ? null : heldBack(seen);
      const services = (seen?.receivers ?? []).flatMap(({ name }) =>
        [...(known.get(name) ?? [])].map(([service, count]) => ({
          receiver: name,
          service,
          count,
        })),
      );
      if (seen !== undefined && services.length === 0) {
        const names = seen.receivers.map(({ name }) => name).join(', ');
        return {
          target,
          services: [],
          problem: `the receiver ${names} tells nobody: no service is set for it`,
        };
      }
      const counts = await client.requests();
      const judged = services.map(({ receiver, service, count }) => ({
        receiver,
        service,
        outcome: outcomeOf(service, count, before, counts),
      }));
      const isOver = judged.length > 0 && judged.every(({ outcome }) => outcome !== 'waiting');
      if (problem !== null || isOver || performance.now() > deadline) {
        return {
          target,
          services: judged,
          problem: problem ?? (seen === undefined ? NOT_SEEN : null),
        };
      }
      await sleep(POLL_MS);
    }
  }
}

const NOT_SEEN = 'Alertmanager took the alert, but does not list it';

function testAlert(
  target: string,
  { fleet, severity, url, timeoutMs }: TestAlertOptions,
): SentAlert {
  const now = Date.now();
  return {
    labels: { alertname: 'PglatencyTest', severity, fleet, target },
    annotations: {
      summary: 'A test of the alerts: nothing is wrong',
      description:
        'Somebody ran "pglatency alerts test". If this message reached you, the alerts work.',
      dashboard_url: url,
      runbook_url: url,
    },
    startsAt: new Date(now).toISOString(),
    // Should this end before it can end the alert.
    endsAt: new Date(now + 2 * timeoutMs).toISOString(),
  };
}

function heldBack({ status }: SeenAlert): string | null {
  if (status.silencedBy.length > 0) return `it is silenced, by ${status.silencedBy.join(', ')}`;
  return status.inhibitedBy.length > 0 ? 'it is inhibited by another alert' : null;
}

function outcomeOf(service: string, count: number, before: Requests, now: Requests): Outcome {
  const none = { sent: 0, failed: 0 };
  const [from, to] = [before.get(service) ?? none, now.get(service) ?? none];
  if (to.failed > from.failed) return 'refused';
  return to.sent - from.sent >= count ? 'taken' : 'waiting';
}
