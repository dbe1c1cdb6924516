/** Services whose certificates no public authority has signed, and where theirs is found. */
const SERVICES: readonly (readonly [RegExp, string])[] = [
  [
    /\.supabase\.(?:co|com)$/,
    "Supabase's own authority (dashboard, Database settings, SSL configuration: download the certificate)",
  ],
  [
    /\.db\.ondigitalocean\.com$/,
    "DigitalOcean's own authority (control panel, the cluster's connection details: download the CA certificate)",
  ],
  [
    /\.aivencloud\.com$/,
    "the Aiven project's own authority (console, the service's connection information: ca.pem)",
  ],
  [/\.postgresbridge\.com$/, "the Crunchy Bridge team's own authority (dashboard, team settings)"],
];

/** Which file verify-* needs for a host, or null where none is known to be needed. */
export function ownAuthorityOf(host: string): string | null {
  const name = host.toLowerCase().replace(/\.$/, '');
  return SERVICES.find(([suffix]) => suffix.test(name))?.[1] ?? null;
}

/** RDS and Aurora, but for RDS Proxy, whose certificates are Amazon's public ones. */
export function isSignedByRds(host: string): boolean {
  return /\.rds\.amazonaws\.com(?:\.cn)?\.?$/i.test(host) && !/\.proxy-/.test(host);
}
