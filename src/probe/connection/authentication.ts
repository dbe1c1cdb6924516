import type { Authentication } from '../../config/require-auth.js';
import type { Target } from '../../config/target.js';
import { ProtocolError } from '../results/failure.js';

export type AuthenticationRules = Pick<Target, 'isBindingRequired' | 'allowedAuthentication'>;

const SCRAM_WITH_BINDING = 'SCRAM-SHA-256-PLUS';

/** AuthenticationOk, the two ways to ask for a password as it is, AuthenticationSASL, and its two steps. */
const [OK, CLEAR_TEXT, MD5, SASL, SASL_CONTINUE, SASL_FINAL] = [0, 3, 5, 10, 11, 12];

const NAMES: Readonly<Record<number, Authentication>> = {
  [CLEAR_TEXT]: 'password',
  [MD5]: 'md5',
  [SASL]: 'scram-sha-256',
};

/**
 * Holds a server to channel_binding=require and to require_auth, as libpq does, before a password is sent. The body
 * is that of an authentication request, which the driver has not seen yet.
 */
export function createAuthenticationCheck(rules: AuthenticationRules): (body: Buffer) => void {
  const checks = [
    ...(rules.isBindingRequired === true ? [createBindingCheck()] : []),
    ...(rules.allowedAuthentication ? [createMethodCheck(rules.allowedAuthentication)] : []),
  ];
  return (body) => {
    for (const check of checks) check(body);
  };
}

/**
 * The server must offer SCRAM that is bound to the TLS connection, ask for nothing else, and prove that it knows
 * the password. https://www.postgresql.org/docs/current/sasl-authentication.html
 */
function createBindingCheck(): (body: Buffer) => void {
  let isProven = false;
  return (body) => {
    const request = body.readInt32BE(0);
    if (request === SASL_CONTINUE) return;
    if (request === SASL_FINAL) isProven = true;
    else if (request === OK) {
      if (!isProven) throw unbound('it let the client in without a password');
    } else if (request !== SASL) throw unbound('it asks for a password in another way');
    else if (!body.toString('latin1', 4).split('\0').includes(SCRAM_WITH_BINDING)) {
      throw unbound(`it does not offer ${SCRAM_WITH_BINDING}, or there is no TLS`);
    }
  };
}

function unbound(why: string): ProtocolError {
  return new ProtocolError(`channel_binding=require, and the server has none: ${why}`, 'auth');
}

/** SCRAM is done when the server has proved that it knows the password, and not when it was asked for. */
function createMethodCheck(allowed: readonly Authentication[]): (body: Buffer) => void {
  let done: Authentication = 'none';
  return (body) => {
    const request = body.readInt32BE(0);
    if (request === SASL_FINAL) done = 'scram-sha-256';
    if (request === CLEAR_TEXT || request === MD5) done = NAMES[request] ?? done;
    const method = request === OK ? done : NAMES[request];
    if (method === undefined || allowed.includes(method)) return;
    const what =
      method === 'none' ? 'it let the client in without a password' : `it asks for ${method}`;
    const text = `require_auth=${allowed.join(',')}, and the server does not keep to it: ${what}`;
    throw new ProtocolError(text, 'auth');
  };
}

/** Notes how the server asked first, after `check` has let the request pass. */
export function createAuthenticationNote(check: (body: Buffer) => void) {
  let authentication: Authentication | null = null;
  return {
    check(body: Buffer): void {
      check(body);
      authentication ??= NAMES[body.readInt32BE(0)] ?? 'none';
    },
    /** null: the server has not asked yet, nor let the client in. */
    authentication: () => authentication,
  };
}
