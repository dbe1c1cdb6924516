import { Router } from 'express';
import { openApiDocument } from '../api/openapi.js';
import { sendCompressed } from './compress.js';

/** GET /openapi.json */
export function openApiRouter(): Router {
  // One object, so that it is written as JSON once: that takes milliseconds.
  let document: object | undefined;
  return Router().get('/openapi.json', (req, res) =>
    sendCompressed(req, res, (document ??= openApiDocument())),
  );
}
