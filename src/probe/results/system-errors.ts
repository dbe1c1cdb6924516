import type { FailureReason } from './result.js';

/** Errors of the system's calls, of the resolver and of Node's sockets → reason. */
const BY_CODE: ReadonlyMap<string, FailureReason> = new Map([
  ['ECONNREFUSED', 'refused'],
  ['EHOSTUNREACH', 'unreachable'],
  ['ENETUNREACH', 'unreachable'],
  ['EHOSTDOWN', 'unreachable'],
  ['ENETDOWN', 'unreachable'],
  ['EADDRNOTAVAIL', 'unreachable'], // no address of our own of this family, or no free port
  ['EAFNOSUPPORT', 'unreachable'], // no IPv6 here
  ['EPROTONOSUPPORT', 'unreachable'],
  ['ETIMEDOUT', 'timeout'],
  ['ERR_SOCKET_CONNECTION_TIMEOUT', 'timeout'],
  ['ECONNRESET', 'terminated'],
  ['ECONNABORTED', 'terminated'],
  ['ENETRESET', 'terminated'],
  ['ENOTCONN', 'terminated'],
  ['EPIPE', 'terminated'],
  ['ERR_SOCKET_CLOSED', 'terminated'],
  ['ERR_SOCKET_CLOSED_BEFORE_CONNECTION', 'terminated'],
  ['ERR_STREAM_DESTROYED', 'terminated'],
  ['ERR_STREAM_PREMATURE_CLOSE', 'terminated'],
  ['ERR_STREAM_WRITE_AFTER_END', 'terminated'],
  ['ENOTFOUND', 'dns'],
  ['ERR_INVALID_ADDRESS_FAMILY', 'dns'], // what a look-up answered
  ['ERR_INVALID_IP_ADDRESS', 'dns'],
  ['EPROTO', 'tls'],
  // This machine's own lack, and not the database's doing.
  ['EMFILE', 'internal'],
  ['ENFILE', 'internal'],
  ['ENOBUFS', 'internal'],
  ['ENOMEM', 'internal'],
  ['EAI_MEMORY', 'internal'],
]);

/** Codes of any call at all, which mean the path only where connect(2) gives them. */
const BY_CODE_OF_CONNECT: ReadonlyMap<string, FailureReason> = new Map([
  ['ENOENT', 'refused'], // a Unix socket that is not there
  ['EACCES', 'unreachable'], // a firewall or a prohibiting route; a Unix socket that we may not open
  ['EPERM', 'unreachable'], // a firewall on this machine
  ['EINVAL', 'unreachable'], // a link-local address without its interface
]);

/** getaddrinfo(3) */
const RESOLVER_CODE = /^EAI_/;

/**
 * Node's TLS, OpenSSL, and the certificate's verification.
 * https://nodejs.org/api/tls.html#x509-certificate-error-codes
 */
const TLS_CODE =
  /^(?:ERR_TLS|ERR_SSL|ERR_OSSL|CERT_|CRL_|ERROR_IN_C|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_|HOSTNAME_)/;

/** The reason that such a code stands for; undefined: it is none of them. `syscall`: whose it is. */
export function reasonOfSystemCode(code: string, syscall: unknown): FailureReason | undefined {
  const known =
    BY_CODE.get(code) ?? (syscall === 'connect' ? BY_CODE_OF_CONNECT.get(code) : undefined);
  if (known !== undefined) return known;
  if (RESOLVER_CODE.test(code)) return 'dns';
  return TLS_CODE.test(code) ? 'tls' : undefined;
}
