import { parse } from 'yaml';
import { messageOf } from '../base/errors.js';
import { serverAddressOf } from '../base/server-address.js';

/** As Alertmanager's API takes it. Times are ISO 8601. */
export interface SentAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
}

/** What Alertmanager makes of an alert. */
export interface SeenAlert {
  readonly receivers: readonly { readonly name: string }[];
  readonly status: {
    readonly state: 'unprocessed' | 'active' | 'suppressed';
    readonly silencedBy: readonly string[];
    readonly inhibitedBy: readonly string[];
  };
}

/** Requests to the services behind the receivers since Alertmanager started, by the kind of service. */
export type Requests = ReadonlyMap<string, { readonly sent: number; readonly failed: number }>;

/** Alertmanager's API v2, and what it counts. Every method throws an error that names the address. */
export interface AlertmanagerClient {
  send(alert: SentAlert): Promise<void>;
  /** The alerts with this label, silenced and inhibited ones too. */
  find(label: string, value: string): Promise<readonly SeenAlert[]>;
  /** How many of each kind of service (slack, email, …) each receiver has, by its name. */
  receivers(): Promise<ReadonlyMap<string, ReadonlyMap<string, number>>>;
  requests(): Promise<Requests>;
}

const TIMEOUT_MS = 5_000;

/** @param address http or https, with a path where Alertmanager has one; a user and a password are sent as such */
export function createAlertmanagerClient(address: URL): AlertmanagerClient {
  const { base, headers } = serverAddressOf(address);

  async function ask(path: string, body?: object): Promise<string> {
    const answer = await fetch(`${base}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }).catch((error: unknown) => {
      const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
      throw new Error(`no Alertmanager answers at ${base}: ${messageOf(cause)}`, { cause: error });
    });
    const text = await answer.text();
    if (answer.ok) return text;
    throw new Error(
      `${base}${path.split('?')[0] ?? ''} answered ${answer.status}: ${text.slice(0, 200).trim()}`,
    );
  }

  return {
    send: async (alert) => {
      await ask('/api/v2/alerts', [alert]);
    },
    find: async (label, value) => {
      const filter = encodeURIComponent(`${label}="${value}"`);
      return parseAnswer(await ask(`/api/v2/alerts?filter=${filter}`), base) as SeenAlert[];
    },
    receivers: async () => {
      const { config } = parseAnswer(await ask('/api/v2/status'), base) as {
        config: { original: string };
      };
      return receiversOf(config.original);
    },
    requests: async () => requestsOf(await ask('/metrics')),
  };
}

function parseAnswer(text: string, base: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`the program at ${base} is not Alertmanager: its answer is not JSON`, {
      cause: error,
    });
  }
}

/** The kinds of services of each receiver: `slack_configs` is a list of slack. */
export function receiversOf(config: string): Map<string, Map<string, number>> {
  const { receivers } = parse(config) as { receivers?: Record<string, unknown>[] };
  return new Map(
    (receivers ?? []).map((receiver) => [
      String(receiver['name']),
      new Map(
        Object.entries(receiver).flatMap(([key, value]) =>
          key.endsWith('_configs') && Array.isArray(value)
            ? [[key.slice(0, -'_configs'.length), value.length] as const]
            : [],
        ),
      ),
    ]),
  );
}

const REQUESTS =
  /^alertmanager_notification_requests(_failed)?_total\{[^}]*integration="([^"]+)"[^}]*\} (\S+)/gm;

export function requestsOf(metrics: string): Requests {
  const counts = new Map<string, { sent: number; failed: number }>();
  for (const [, failed, kind = '', value = ''] of metrics.matchAll(REQUESTS)) {
    const count = counts.get(kind) ?? { sent: 0, failed: 0 };
    count[failed === undefined ? 'sent' : 'failed'] += Number(value);
    counts.set(kind, count);
  }
  return counts;
}
