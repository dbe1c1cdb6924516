import { createHash, timingSafeEqual } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import { ipKeyGenerator, rateLimit } from 'express-rate-limit';
import { HttpError } from './http-error.js';

/** How many requests that touch the database one address without a token may send in a minute. */
const REQUESTS_PER_MINUTE = 60;

export type Bearer = 'missing' | 'wrong' | 'right';

/** The token that a caller must send now. If there is one at the start, there always is one. */
export type Token = () => string | null;

/** Judges a request's bearer token; if no token is configured, every caller counts as having it. */
export function createTokenCheck(token: Token): (req: Pick<Request, 'get'>) => Bearer {
  return (req) => {
    const expected = token();
    if (expected === null) return 'right';
    const [, given] = /^Bearer +(\S+)$/i.exec(req.get('authorization') ?? '') ?? [];
    if (given === undefined) return 'missing';
    // Digests have one length, and comparing them in constant time says nothing of the token.
    return timingSafeEqual(digest(given), digest(expected)) ? 'right' : 'wrong';
  };
}

/**
 * Lets a request pass that carries the token. The others are counted by their address, and so are all where
 * there is no token; so callers without it cannot use up what belongs to those who have it.
 */
export function requireToken(token: Token): RequestHandler {
  const judge = createTokenCheck(token);
  const limited = rateLimited();
  if (token() === null) return limited;
  return (req, res, next) => {
    const bearer = judge(req);
    if (bearer === 'right') {
      next();
      return;
    }
    const what = bearer === 'missing' ? 'a bearer token is required' : 'the bearer token is wrong';
    const refusal = new HttpError(
      401,
      what,
      {},
      { 'WWW-Authenticate': 'Bearer realm="pglatency"' },
    );
    void limited(req, res, (error?: unknown) => next(error ?? refusal));
  };
}

function rateLimited(): RequestHandler {
  return rateLimit({
    windowMs: 60_000,
    limit: REQUESTS_PER_MINUTE,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    // It prints what it finds odd, a stack trace and no JSON.
    validate: false,
    // The address is gone with its connection.
    keyGenerator: ({ ip }) => (ip === undefined ? '' : ipKeyGenerator(ip)),
    // It sets Retry-After itself.
    handler: (_req, _res, next) => {
      next(new HttpError(429, `more than ${REQUESTS_PER_MINUTE} requests a minute`));
    },
  });
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
