/** A result of Prometheus: how many series have a value, and how long the evaluation took. */
export interface Answer {
  readonly error: string | null;
  readonly series: number;
  readonly evaluationMs: number;
}

export interface ActiveAlert {
  readonly name: string;
  readonly region: string | undefined;
  readonly state: 'pending' | 'firing';
}

interface Reply {
  readonly status: 'success' | 'error';
  readonly error?: string;
  readonly data?: {
    readonly result: readonly {
      readonly value?: readonly [number, string];
      readonly values?: readonly (readonly [number, string])[];
    }[];
    readonly stats?: { readonly timings: { readonly evalTotalTime: number } };
  };
}

/** Asks a Prometheus; times are in Unix seconds. */
export function createPrometheusClient(url: string) {
  const get = async (path: string, query: Record<string, string>): Promise<unknown> => {
    const answer = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(query).toString()}`);
    return answer.json();
  };

  const toAnswer = (reply: Reply): Answer => {
    const results = reply.data?.result ?? [];
    const hasNumber = (samples: readonly (readonly [number, string])[]) =>
      samples.some(([, value]) => value !== 'NaN');
    return {
      error: reply.status === 'success' ? null : (reply.error ?? 'no reason'),
      series: results.filter(({ value, values }) => hasNumber(values ?? (value ? [value] : [])))
        .length,
      evaluationMs: (reply.data?.stats?.timings.evalTotalTime ?? 0) * 1_000,
    };
  };

  return {
    /** Now, or at a moment. */
    async instant(query: string, at?: number): Promise<Answer> {
      const time: Record<string, string> = at === undefined ? {} : { time: String(at) };
      return toAnswer((await get('query', { query, stats: 'all', ...time })) as Reply);
    },
    async range(query: string, start: number, end: number, stepS: number): Promise<Answer> {
      const window = { start: String(start), end: String(end), step: String(stepS) };
      return toAnswer((await get('query_range', { query, stats: 'all', ...window })) as Reply);
    },
    /** How many series a selector names. */
    async countSeries(selector: string, start: number): Promise<number> {
      const reply = await get('series', { 'match[]': selector, start: String(start) });
      return (reply as { data: unknown[] }).data.length;
    },
    async alerts(): Promise<ActiveAlert[]> {
      const reply = (await get('alerts', {})) as {
        data: { alerts: { labels: Record<string, string>; state: ActiveAlert['state'] }[] };
      };
      return reply.data.alerts.map(({ labels, state }) => ({
        name: labels['alertname'] ?? '',
        region: labels['region'],
        state,
      }));
    },
    async labelValues(selector: string, label: string): Promise<string[]> {
      const reply = await get(`label/${label}/values`, { 'match[]': selector });
      return (reply as { data?: string[] }).data ?? [];
    },
  };
}

export type PrometheusClient = ReturnType<typeof createPrometheusClient>;
