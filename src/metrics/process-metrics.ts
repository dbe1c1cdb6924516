import { collectDefaultMetrics, Registry as PromRegistry } from 'prom-client';
import type { Labels, Registry } from './registry.js';

/** prom-client's gauges that are named like counters, which promtool rejects; their detail is kept. */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/** What prom-client knows of Node.js and of this process, read anew at each scrape. */
export function processMetrics(registry: Registry, common: Labels): void {
  const registers = new PromRegistry();
  registers.setDefaultLabels(common);
  collectDefaultMetrics({ register: registers });
  for (const name of MISNAMED) registers.removeSingleMetric(name);
  registry.add({
    name: 'prom-client',
    text: async () => (await registers.metrics()).trimEnd(),
  });
}
