import type { RequestListener } from 'node:http';

/**
 * Serves `app` below a path, and at the root as well: a proxy may take the path away or leave it, and a caller
 * without a proxy does not know it. The page's own addresses are relative, so that they need the slash.
 *
 * @param basePath `/pglatency`; empty: at the root alone
 */
export function belowPath(basePath: string, app: RequestListener): RequestListener {
  if (basePath === '') return app;
  return (req, res) => {
    const { url = '/' } = req;
    const rest = url.startsWith(basePath) ? url.slice(basePath.length) : null;
    if (rest === '' || rest?.startsWith('?') === true) {
      res.writeHead(308, { Location: `${basePath}/${rest}` }).end();
      return;
    }
    if (rest?.startsWith('/') === true) req.url = rest;
    app(req, res);
  };
}
