/** For a service whose certificates nobody can verify. */
const selfSigned = (service: string) =>
  `the file of an authority; ${service} has none to download, because its certificates are self-signed: use sslmode=require, which encrypts and checks nothing`;

/**
 * Services whose certificates no public authority has signed, and what to give in its place.
 * From the services' own documents; where a service has several kinds of hosts, those that are known to be such.
 */
const SERVICES: readonly (readonly [RegExp, string])[] = [
  [
    /\.supabase\.(?:co|com)$/,
    "the file of Supabase's own authority (dashboard, Database settings, SSL configuration: download the certificate)",
  ],
  [
    /\.db\.ondigitalocean\.com$/,
    "the file of DigitalOcean's own authority (control panel, the cluster's connection details: download the CA certificate)",
  ],
  [
    /\.aivencloud\.com$/,
    "the file of the Aiven project's own authority (console, the service's connection information: ca.pem)",
  ],
  [
    /\.postgresbridge\.com$/,
    "the file of the Crunchy Bridge team's own authority (dashboard, team settings)",
  ],
  [
    /\.ybdb\.io$/,
    "the file of YugabyteDB Aeon's own authority (console, the cluster's Connect: root.crt)",
  ],
  [/^ec2-[\d-]+\..*\.?compute(?:-1)?\.amazonaws\.com$/, selfSigned('Heroku')],
  [/\.(?:proxy\.rlwy\.net|railway\.internal)$/, selfSigned('Railway')],
];

/** What sslrootcert must be for verify-* of a host, or null where nothing is known to be needed. */
export function ownAuthorityOf(host: string): string | null {
  const name = host.toLowerCase().replace(/\.$/, '');
  return SERVICES.find(([suffix]) => suffix.test(name))?.[1] ?? null;
}

/** RDS and Aurora, but for RDS Proxy, whose certificates are Amazon's public ones. */
export function isSignedByRds(host: string): boolean {
  return /\.rds\.amazonaws\.com(?:\.cn)?\.?$/i.test(host) && !/\.proxy-/.test(host);
}
