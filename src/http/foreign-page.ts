import type { Request, RequestHandler } from 'express';
import type { HostCheck } from './host-check.js';
import { HttpError } from './http-error.js';

/**
 * Refuses what a browser sends for a page of another site, or before anybody asked for it: such a page could
 * make it write to the database (CSRF). What has no browser passes: curl, scripts, other backends.
 *
 * A browser says which page sent the request in Sec-Fetch-Site, https://www.w3.org/TR/fetch-metadata/, but not
 * over plain
 * http, unless on this machine; then Origin says it, which a POST always has.
 */
export function refuseForeignPages(hosts: HostCheck): RequestHandler {
  return (req, _res, next) => {
    const why = objectionTo(req, hosts);
    next(why === null ? undefined : new HttpError(403, why));
  };
}

function objectionTo(req: Request, hosts: HostCheck): string | null {
  const purpose = req.get('sec-purpose') ?? req.get('purpose') ?? req.get('x-moz') ?? '';
  if (/pre(?:fetch|render|view)/i.test(purpose))
    return 'this is a prefetch: nobody has asked for it yet';
  const site = req.get('sec-fetch-site');
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    return `a page of another site sent the request (Sec-Fetch-Site: ${site.slice(0, 20)})`;
  }
  const origin = req.get('origin');
  if (origin !== undefined) {
    return isOwnOrigin(origin, req, hosts)
      ? null
      : 'a page of another site sent the request (Origin)';
  }
  const isBrowser = /^Mozilla\//.test(req.get('user-agent') ?? '');
  return site === undefined && isBrowser
    ? 'this browser does not say which page sent the request: use the page, POST, curl, or https'
    : null;
}

function isOwnOrigin(origin: string, { host }: Request, hosts: HostCheck): boolean {
  try {
    const url = new URL(origin);
    // A proxy may not pass on the name that the browser knows.
    return url.host !== '' && (url.host === host || hosts.isNamed(url.hostname));
  } catch {
    return false;
  }
}
