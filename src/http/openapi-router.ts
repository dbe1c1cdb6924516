import { Router } from 'express';
import { openApiDocument } from '../api/openapi.js';

/** GET /openapi.json */
export function openApiRouter(): Router {
  let document: object | undefined;
  return Router().get('/openapi.json', (_req, res) => {
    res.json((document ??= openApiDocument()));
  });
}
