import { Router, type RequestHandler } from 'express';
import { namesOf, type RenamedPath } from '../api/paths.js';
import { wrongMethod } from './http-error.js';

/** GET of a path under its present name and its first one. Each is a route of its own, for the metrics. */
export function atBothNames(path: RenamedPath, ...handlers: RequestHandler[]): Router {
  const router = Router();
  for (const name of namesOf(path)) router.get(name, ...handlers);
  return router;
}

/** The same for what a request starts: also by POST, and never by HEAD, which asks for nothing to be done. */
export function startedAtBothNames(path: RenamedPath, ...handlers: RequestHandler[]): Router {
  const router = Router();
  for (const name of namesOf(path)) {
    router
      .head(name, methodRefused)
      .get(name, ...handlers)
      .post(name, ...handlers);
  }
  return router;
}

const methodRefused: RequestHandler = (req, _res, next) => next(wrongMethod(req));
