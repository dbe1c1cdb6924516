/** The addresses of the dashboards in Grafana: alerts link to them. Never changed. */
export const UIDS = {
  fleet: 'pglatency-overview',
  region: 'pglatency-region',
  objectives: 'pglatency-objectives',
} as const;
