import { Router } from 'express';
import { createAssets, PAGE_PATHS } from './assets.js';

/** Everything comes from this backend; nothing is inline, framed, posted or fetched elsewhere. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** GET / and the files of the page. */
export function pageRouter(): Router {
  const assets = createAssets();
  return Router().get([...PAGE_PATHS], async (req, res, next) => {
    const asset = await assets.get(req.path);
    if (asset === undefined) {
      next();
      return;
    }
    // Browsers ignore these two over plain HTTP, which a private network speaks, and complain.
    res.removeHeader('Cross-Origin-Opener-Policy');
    res.removeHeader('Origin-Agent-Cluster');
    res.set({ 'Content-Security-Policy': POLICY, 'Cache-Control': 'no-cache', ETag: asset.etag });
    res.vary('Accept-Encoding').type(asset.type);
    if (req.fresh) {
      res.status(304).end();
    } else if (req.acceptsEncodings('gzip') === false) {
      res.send(asset.plain);
    } else {
      res.set('Content-Encoding', 'gzip').send(asset.gzipped);
    }
  });
}
