// The image's health check: does the process answer? Never whether the database does, because a database that
// is down must not restart what reports it. With METRICS_PORT it is there that /healthz is.
import { env, exit } from 'node:process';

const { METRICS_PORT, PORT, LISTEN_HOST } = env;
const everywhere = ['', '0.0.0.0', '::', 'localhost'];
const host = everywhere.includes(LISTEN_HOST ?? '') ? '127.0.0.1' : LISTEN_HOST;
const url = `http://${host.includes(':') ? `[${host}]` : host}:${METRICS_PORT || PORT || 8080}/healthz`;
const isWell = await globalThis.fetch(url).then(
  (answer) => answer.ok,
  () => false,
);
exit(isWell ? 0 : 1);
