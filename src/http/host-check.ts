import { isIP } from 'node:net';
import type { RequestHandler } from 'express';
import { HttpError } from './http-error.js';

/**
 * Ends of names that nobody can register: https://www.iana.org/assignments/special-use-domain-names
 * and `.internal`, which ICANN keeps for private use. `.svc` is Kubernetes's.
 */
const PRIVATE_ENDS = ['.internal', '.local', '.localhost', '.home.arpa', '.test', '.lan', '.svc'];

const ANY = '*';

export interface HostCheck {
  /** Whether a request may be for this name. */
  isOwn(host: string): boolean;
  /** Whether the configuration names it. */
  isNamed(host: string): boolean;
}

/**
 * Which names are this backend's. A page of a foreign site can let its own name lead here (DNS rebinding),
 * and would then read and start all that the browser's user may. Addresses, names without a dot and names
 * of private networks cannot be such a page's.
 *
 * @param names of the configuration; `*.example.com` is each name below it, `*` every name.
 */
export function createHostCheck(names: readonly string[]): HostCheck {
  const exact = new Set(names.map((name) => name.toLowerCase()));
  const ends = names.filter((name) => name.startsWith('*.')).map((name) => name.slice(1));
  const isNamed = (name: string) => exact.has(name) || ends.some((end) => name.endsWith(end));
  return {
    isNamed: (host) => isNamed(toName(host)),
    isOwn(host) {
      const name = toName(host);
      return (
        exact.has(ANY) ||
        isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0 ||
        !name.includes('.') ||
        PRIVATE_ENDS.some((end) => name.endsWith(end)) ||
        isNamed(name)
      );
    },
  };
}

function toName(host: string): string {
  return host.toLowerCase().replace(/\.$/, '');
}

/** 421 for a name that is not this backend's. /healthz answers to any name, because it says nothing else. */
export function requireOwnHost({ isOwn }: HostCheck): RequestHandler {
  return (req, _res, next) => {
    const { hostname } = req as { hostname?: string };
    // HTTP/1.0 has no name; every browser sends one.
    if (hostname === undefined || hostname === '' || isOwn(hostname) || isHealthz(req.path)) {
      next();
      return;
    }
    const name = JSON.stringify(hostname.slice(0, 80));
    next(new HttpError(421, `${name} is not a name of this backend: add it to ALLOWED_HOSTS`));
  };
}

function isHealthz(path: string): boolean {
  return path.toLowerCase() === '/healthz';
}
