import { Router, type RequestHandler } from 'express';
import { namesOf, type RenamedPath } from '../api/paths.js';

/** GET of a path under its present name and its first one. Each is a route of its own, for the metrics. */
export function atBothNames(path: RenamedPath, ...handlers: RequestHandler[]): Router {
  const router = Router();
  for (const name of namesOf(path)) router.get(name, ...handlers);
  return router;
}
