import { z } from 'zod';

/**
 * What Prometheus's HTTP service discovery reads.
 * https://prometheus.io/docs/prometheus/latest/http_sd/
 */
export const scrapeTargets = z.array(
  z.object({
    targets: z.array(z.string()).meta({ description: '`host:port` of `/metrics`.' }),
    labels: z.record(z.string(), z.string()).meta({
      description: '`fleet`; `region` where it is known; `__scheme__` where it is not http.',
    }),
  }),
);

export type ScrapeTargets = z.infer<typeof scrapeTargets>;
