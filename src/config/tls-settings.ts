import { readAuthorities, SYSTEM } from './authorities.js';
import { readClientCertificate } from './client-certificate.js';
import type { Problem } from '../base/errors.js';
import { shownPath } from './readable-file.js';
import { NO_TLS, type SslMode, type SslNegotiation, type Tls } from './target.js';

/** What somebody set; undefined: nothing. */
export interface TlsSettings {
  readonly mode: SslMode | undefined;
  readonly negotiation: SslNegotiation | undefined;
  /** A file of PEM, or `system`. */
  readonly ca: string | undefined;
  readonly servername: string | undefined;
  /** Files of PEM. */
  readonly clientCert: string | undefined;
  readonly clientKey: string | undefined;
}

export interface TlsContext {
  /** What a problem calls each setting. */
  readonly fields: Readonly<Record<keyof TlsSettings, string>>;
  /** How a problem says which mode holds. */
  readonly withMode: (mode: SslMode) => string;
  /** Holds where nothing is set. Its authorities are those of a mode that checks the certificate. */
  readonly inherited: Tls;
  /** Where those come from: a file of PEM, or `system`; undefined: from nobody's setting. */
  readonly inheritedCa: string | undefined;
  /** SSL_CERT_FILE. */
  readonly systemFile: string | undefined;
  readonly problems: Problem[];
}

/** Modes that go on without TLS when the server refuses it. */
const WEAK_MODES: ReadonlySet<SslMode> = new Set(['disable', 'prefer']);

export function checksCertificate(mode: SslMode): boolean {
  return mode === 'verify-ca' || mode === 'verify-full';
}

/**
 * How the connection to a target is encrypted: the settings, checked against each other, with the files that
 * they name. Adds every problem. The rules are those of libpq, except that a setting without effect is refused.
 */
export function resolveTls(settings: TlsSettings, context: TlsContext): Tls {
  const mode = settings.mode ?? context.inherited.mode;
  const { fields, inherited, problems } = context;
  checkNegotiation(settings, mode, context);
  if (mode === 'disable') {
    const expected = `no value with ${context.withMode(mode)}, which has no TLS`;
    refuse(['ca', 'servername', 'clientCert', 'clientKey'], expected, settings, context);
    return NO_TLS;
  }
  const clientCertificate = readClientCertificate(
    {
      cert: { field: fields.clientCert, path: settings.clientCert },
      key: { field: fields.clientKey, path: settings.clientKey },
    },
    problems,
  );
  return {
    mode,
    negotiation: settings.negotiation ?? (mode === 'prefer' ? 'postgres' : inherited.negotiation),
    ...authoritiesOf(settings, mode, context),
    servername: settings.servername ?? null,
    clientCertificate: clientCertificate ?? inherited.clientCertificate,
  };
}

function checkNegotiation(
  { negotiation }: TlsSettings,
  mode: SslMode,
  { fields, withMode, problems }: TlsContext,
): void {
  if (negotiation !== 'direct' || !WEAK_MODES.has(mode)) return;
  const expected = `postgres with ${withMode(mode)}; direct needs require, verify-ca or verify-full`;
  problems.push({ field: fields.negotiation, value: negotiation, expected });
}

function authoritiesOf(
  settings: TlsSettings,
  mode: SslMode,
  context: TlsContext,
): Pick<Tls, 'ca' | 'caOrigin'> {
  const { fields, inherited, problems, systemFile } = context;
  if (!checksCertificate(mode)) {
    const expected = `no value with ${context.withMode(mode)}, which checks no certificate; use verify-ca or verify-full`;
    refuse(['ca'], expected, settings, context);
    return { ca: null, caOrigin: null };
  }
  const source = settings.ca ?? context.inheritedCa;
  if (mode === 'verify-ca' && source === SYSTEM) {
    // Anybody can get a certificate of a public authority, so it proves nothing unless the name is checked.
    problems.push(
      settings.ca === SYSTEM
        ? {
            field: fields.ca,
            value: SYSTEM,
            expected: `a file with ${context.withMode(mode)}; system needs verify-full`,
          }
        : {
            field: fields.mode,
            value: mode,
            expected: "verify-full, which the primary's system authorities need",
          },
    );
  }
  if (settings.ca === undefined) return { ca: inherited.ca, caOrigin: inherited.caOrigin };
  const found = readAuthorities({ source: settings.ca, field: fields.ca, systemFile }, problems);
  return { ca: found?.ca ?? null, caOrigin: found?.origin ?? null };
}

/** Somebody who sets it expects an effect, so a setting without one is a mistake. */
function refuse(
  keys: readonly (keyof TlsSettings)[],
  expected: string,
  settings: TlsSettings,
  { fields, problems }: TlsContext,
): void {
  for (const key of keys) {
    const value = settings[key];
    if (value === undefined) continue;
    // A key may have been pasted in place of its path.
    const shown = key === 'clientKey' ? null : shownPath(value);
    problems.push({ field: fields[key], value: shown, expected });
  }
}
