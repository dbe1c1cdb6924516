/**
 * How a server asked who the client is. `none`: it asked for no password, because it trusts the address, the
 * system's user or the certificate.
 */
export type Authentication = 'none' | 'password' | 'md5' | 'scram-sha-256';

/** https://www.postgresql.org/docs/current/protocol-message-formats.html, AuthenticationRequest */
const ASKED_BY: Readonly<Record<number, Authentication>> = {
  3: 'password',
  5: 'md5',
  10: 'scram-sha-256',
};

/** Notes the first request for authentication, and shows each to `check` before, which throws to refuse it. */
export function createAuthenticationNote(check: (body: Buffer) => void = () => undefined) {
  let authentication: Authentication | null = null;
  return {
    check(body: Buffer): void {
      check(body);
      authentication ??= ASKED_BY[body.readInt32BE(0)] ?? 'none';
    },
    /** null: the server has not asked yet, nor let the client in. */
    authentication: () => authentication,
  };
}
