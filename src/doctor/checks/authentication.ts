import { AUTHENTICATION_TEXTS } from '../../ping/describe-opened.js';
import type { Connection } from '../../probe/connection/connection.js';
import { quoted } from '../../probe/schema-sql.js';
import { NO_CONNECTION, ok, warning, type Check, type Finding } from './check.js';

export const authenticationCheck: Check = {
  name: 'authentication',
  place: 'session',
  why: 'the way the server checks the password decides who can learn it, and whether this role can still log in after an upgrade',
  async run(patient) {
    const opened = await patient.open();
    return ['ok' in opened ? NO_CONNECTION : judge(opened)];
  },
};

function judge(connection: Connection): Finding {
  const { authentication, target, facts } = connection;
  const text = AUTHENTICATION_TEXTS[authentication];
  const isSocket = facts.address === null || facts.address.startsWith('/');
  switch (authentication) {
    case 'scram-sha-256':
      return ok(text);
    case 'md5':
      return warning(
        `${text}: the role's password is stored as MD5`,
        `psql -c "SET password_encryption = 'scram-sha-256'" -c '\\password ${target.user}'`,
        'anybody who reads a stored MD5 password can log in with it; MD5 is deprecated since PostgreSQL 18 and will be removed',
      );
    case 'password':
      if (target.tls.mode === 'verify-full') return ok(`${text}, within TLS that is verified`);
      return warning(
        `${text}, which the server can read, and so can anybody who takes its place`,
        'scram-sha-256 instead of password in pg_hba.conf; if LDAP, PAM or IAM needs the password itself: sslmode=verify-full',
      );
    case 'none':
      if (isSocket) return ok(`${text}, on a socket of this machine`);
      if (target.tls.clientCertificate !== null)
        return ok(`${text}: a client certificate is given`);
      return warning(
        `${text}: the server trusts this address`,
        `scram-sha-256 instead of trust in pg_hba.conf, SELECT pg_reload_conf(), and ALTER ROLE ${quoted(target.user)} PASSWORD '…'`,
        'anybody who reaches the server can log in as this role',
      );
  }
}
