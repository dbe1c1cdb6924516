/** What to do, where a code leaves no doubt. docs/runbook.md has the rest, by reason. */
const UNKNOWN_AUTHORITY =
  "the authority of the server's certificate is not known here: give its file in sslrootcert, in DB_CA_FILE, or in the target's `ca`; `system` takes the public ones";
const OWN_DESCRIPTORS =
  'this process has no file descriptor left; the database is not the cause: raise the limit (ulimit -n), and find what uses them';
const OWN_MEMORY = 'this machine is out of memory; the database is not the cause';
const DAMAGE =
  'the server cannot read its own data: look at its log and its disks first, and do not restart it';

const BY_CODE: ReadonlyMap<string, string> = new Map([
  ['UNABLE_TO_GET_ISSUER_CERT', UNKNOWN_AUTHORITY],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', UNKNOWN_AUTHORITY],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', UNKNOWN_AUTHORITY],
  ['SELF_SIGNED_CERT_IN_CHAIN', UNKNOWN_AUTHORITY],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', UNKNOWN_AUTHORITY],
  [
    'ERR_TLS_CERT_ALTNAME_INVALID',
    "give a name that the certificate has in DB_TLS_SERVERNAME, or in the target's `servername`",
  ],
  ['CERT_HAS_EXPIRED', "renew the server's certificate"],
  ['CERT_NOT_YET_VALID', "this machine's clock is behind, or the certificate was made for later"],
  ['CERT_REVOKED', "the authority has revoked the server's certificate: replace it"],
  [
    'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
    'the server asks for a client certificate: give DB_CLIENT_CERT_FILE and DB_CLIENT_KEY_FILE, or those of the target',
  ],
  ['EMFILE', OWN_DESCRIPTORS],
  ['ENFILE', 'this machine has no file descriptor left; the database is not the cause'],
  ['ENOBUFS', OWN_MEMORY],
  ['ENOMEM', OWN_MEMORY],
  ['EAI_MEMORY', OWN_MEMORY],
  ['EINVAL', 'a link-local address (fe80:…) needs its interface, as in fe80::1%eth0'],
  ['58030', DAMAGE], // io_error
  ['XX001', DAMAGE], // data_corrupted
  ['XX002', DAMAGE], // index_corrupted
]);

/** What to do about an error with this code; undefined: it depends. */
export function remedyOf(code: string | undefined): string | undefined {
  return code === undefined ? undefined : BY_CODE.get(code);
}
