import type { Config } from './config.js';
import { sleepingServiceOf } from './sleeping-services.js';
import { hostsOf, operationsOf, placeOf, type SslMode, type Target } from './target.js';

/**
 * The configuration as a plain object for people and logs. Built from a list of what may be shown,
 * so that a new secret is hidden until somebody decides otherwise.
 */
export function describeConfig(config: Config) {
  const primary = config.targets.find(({ name }) => name === 'primary');
  return {
    fleet: config.fleet,
    region: config.region.code,
    region_source: config.regionSource,
    city: config.region.city,
    country: config.region.country,
    latitude: config.region.latitude,
    longitude: config.region.longitude,
    machine: config.machine,
    revision: config.revision,
    listen_host: config.http.host ?? 'all addresses',
    port: config.http.port,
    metrics_port: config.http.metricsPort ?? config.http.port,
    api_token: config.http.apiToken === null ? 'not set' : 'set',
    allowed_hosts: config.http.allowedHosts,
    trust_proxy: config.http.trustProxy,
    base_path: config.http.basePath || '/',
    schedule: config.schedule.cron,
    schedule_stagger: config.schedule.stagger,
    iterations: config.iterations,
    retention_s: config.retentionMs / 1_000,
    wireguard_status_file: config.tunnelStatusFile,
    log_level: config.logLevel,
    peers:
      config.peers.kind === 'dns'
        ? `dns:${config.peers.app}`
        : config.peers.peers.map(({ region, origin }) => ({ region, origin })),
    fleet_file: config.fleetFile?.path ?? null,
    ...(config.fleetFileRemarks.length > 0 && { remarks: config.fleetFileRemarks }),
    targets_file: config.targetsFile,
    ...(config.primaryFrom !== null && { primary_from: config.primaryFrom }),
    ...(primary?.leftOut && { left_out: primary.leftOut }),
    targets: config.targets.map((target) => ({
      name: target.name,
      mode: target.mode,
      follows: target.replicaOf,
      host: target.host,
      port: target.port,
      ...severalHosts(target),
      user: target.user,
      password: describePassword(target),
      database: target.database,
      sslmode: target.tls.mode,
      tls: describeTls(target),
      ...authenticationRules(target),
      client_certificate: target.tls.clientCertificate === null ? 'not set' : 'set',
      probe_schema: target.probeSchema ?? "the first of the role's search_path",
      operation_timeout_ms: target.operationTimeoutMs,
      operations: operationsOf(target),
      pooler: target.pooler,
      ...(target.leftOut && { left_out: target.leftOut }),
      sleeping_service: describeService(target.host),
    })),
  };
}

function describePassword({ password, passwordCommand }: Target): string {
  if (passwordCommand !== undefined) return 'from a command';
  return password === null ? 'not set' : 'set';
}

function describeService(host: string): string | null {
  const service = sleepingServiceOf(host);
  return service === null ? null : `${service.name}: ${service.effect}`;
}

/** In the order in which they are tried, and which of them is taken. */
function severalHosts(target: Target) {
  const { sessionAttributes, isLoadBalanced, connectTimeoutMs } = target;
  const hosts = hostsOf(target);
  return {
    ...(hosts.length > 1 && {
      hosts: hosts.map((host) => ({ host: placeOf(host), tls: describeTls(host) })),
    }),
    ...(isLoadBalanced && { order: 'random' }),
    ...(sessionAttributes && { target_session_attrs: sessionAttributes }),
    ...(connectTimeoutMs !== undefined && { connect_timeout_ms: connectTimeoutMs }),
  };
}

function authenticationRules({ isBindingRequired, allowedAuthentication }: Target) {
  return {
    ...(isBindingRequired && { channel_binding: 'require' }),
    ...(allowedAuthentication && { require_auth: allowedAuthentication }),
  };
}

/** What TLS will do, in a line. */
function describeTls({ host, tls }: Pick<Target, 'host' | 'tls'>): string {
  if (host.startsWith('/')) return 'no TLS: a Unix socket';
  const name = tls.servername ?? host;
  const checked = `certificate checked against ${tls.caOrigin ?? 'nothing'}`;
  const does: Record<SslMode, string> = {
    disable: 'no TLS',
    prefer: 'TLS where the server has it, certificate not checked',
    require: 'TLS required, certificate not checked',
    'verify-ca': `TLS required, ${checked}, name not checked`,
    'verify-full': `TLS required, ${checked}, name ${name}`,
  };
  return [
    does[tls.mode],
    ...(tls.servername !== null && tls.mode !== 'verify-full' ? [`name sent ${name}`] : []),
    ...(tls.minVersion ? [`${tls.minVersion} or newer`] : []),
    ...(tls.maxVersion ? [`${tls.maxVersion} at most`] : []),
    ...(tls.negotiation === 'direct' ? ['begun without asking (direct)'] : []),
  ].join(', ');
}
