import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { readFileSync } from 'node:fs';
import { PROMETHEUS_DIR } from '../../alerting/rules.js';
import { findFreePort } from '../../src/lab/ports.js';
import { startMailSink } from './mail-sink.js';
import { findTool } from './tools.js';
import { until } from './until.js';

/** Debian's name for it, or its own; null where there is none. */
export const ALERTMANAGER =
  ['prometheus-alertmanager', 'alertmanager'].find((name) => findTool(name) !== null) ?? null;

/** The receivers of the machine that watches a fleet, one file a kind. */
const RECEIVERS = join(PROMETHEUS_DIR, '../deploy/monitoring/alertmanager/receivers');

/** A request or a mail to one of the services behind Alertmanager. */
export interface Sent {
  readonly service: 'pagerduty' | 'slack' | 'webhook' | 'email';
  readonly body: unknown;
}

export interface Services {
  readonly url: string;
  /** Host and port of the mail server. */
  readonly smarthost: string;
  readonly sent: readonly Sent[];
  stop(): Promise<unknown>;
}

/** All that Alertmanager sends to, on the loopback. */
export async function startServices(): Promise<Services> {
  const sent: Sent[] = [];
  const server = createServer((request, answer) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const service = (request.url ?? '').slice(1) as Sent['service'];
      sent.push({ service, body: JSON.parse(body) as unknown });
      // PagerDuty's own answer is 202, Slack's is 200 and "ok".
      answer.writeHead(service === 'pagerduty' ? 202 : 200).end('ok');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const mails = await startMailSink((body) => sent.push({ service: 'email', body }));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    smarthost: mails.address,
    sent,
    stop: () => {
      server.closeAllConnections();
      return Promise.all([once(server.close(), 'close'), mails.stop()]);
    },
  };
}

export interface Configuration {
  global?: Record<string, unknown>;
  route: Route;
  inhibit_rules?: unknown[];
  receivers: Receiver[];
}

interface Receiver {
  name: string;
  pagerduty_configs?: Record<string, unknown>[];
  slack_configs?: Record<string, unknown>[];
  webhook_configs?: Record<string, unknown>[];
  email_configs?: Record<string, unknown>[];
}

interface Route {
  receiver?: string;
  group_wait?: string;
  group_interval?: string;
  routes?: Route[];
}

interface Options {
  readonly inhibits?: boolean;
  /** Pages and tickets go by e-mail and to a webhook too, as on the machine that watches a fleet. */
  readonly every?: boolean;
}

/**
 * Alertmanager with the committed routes and texts. Its receivers send to these services, and it waits one second
 * where the configuration waits longer.
 */
export async function startAlertmanager(
  folder: string,
  services: Services,
  { inhibits = true, every = false }: Options = {},
): Promise<Running> {
  const configuration = readConfiguration();
  quicken(configuration.route);
  if (!inhibits) delete configuration.inhibit_rules;
  if (every) addEvery(configuration.receivers);
  for (const receiver of configuration.receivers) redirect(receiver, services);
  copyFileSync(join(PROMETHEUS_DIR, 'notifications.tmpl'), join(folder, 'notifications.tmpl'));
  return runAlertmanager(folder, configuration);
}

/** The committed one. */
export const readConfiguration = () =>
  parse(readFileSync(join(PROMETHEUS_DIR, 'alertmanager.yml'), 'utf8')) as Configuration;

interface Running {
  readonly url: string;
  stop(): Promise<unknown>;
}

export async function runAlertmanager(
  folder: string,
  configuration: Configuration,
): Promise<Running> {
  const file = join(folder, 'alertmanager.yml');
  writeFileSync(file, stringify(configuration));
  const port = await findFreePort();
  const child = spawn(
    ALERTMANAGER ?? '',
    [
      `--config.file=${file}`,
      `--storage.path=${join(folder, 'alertmanager')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
      '--log.level=warn',
    ],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const ended = once(child, 'exit');
  const url = `http://127.0.0.1:${port}`;
  await until(async () => (await fetch(`${url}/-/ready`)).ok, { what: 'Alertmanager is ready' });
  return {
    url,
    stop: () => {
      child.kill();
      return ended;
    },
  };
}

function quicken(route: Route): void {
  if (route.group_wait !== undefined) route.group_wait = '1s';
  if (route.group_interval !== undefined) route.group_interval = '1s';
  for (const child of route.routes ?? []) quicken(child);
}

function addEvery(receivers: readonly Receiver[]): void {
  for (const kind of ['email', 'webhook']) {
    const own = parse(readFileSync(join(RECEIVERS, `${kind}.yml`), 'utf8')) as Partial<Receiver>;
    for (const receiver of receivers) {
      if (receiver.name !== 'watchdog') Object.assign(receiver, structuredClone(own));
    }
  }
}

function redirect(receiver: Receiver, { url, smarthost }: Services): void {
  for (const one of receiver.pagerduty_configs ?? []) {
    delete one['routing_key_file'];
    Object.assign(one, { routing_key: 'a-key', url: `${url}/pagerduty` });
  }
  for (const one of receiver.slack_configs ?? []) {
    delete one['api_url_file'];
    one['api_url'] = `${url}/slack`;
  }
  for (const one of receiver.webhook_configs ?? []) one['url'] = `${url}/webhook`;
  const mail = { from: 'a@example.com', to: 'b@example.com', smarthost, require_tls: false };
  for (const one of receiver.email_configs ?? []) Object.assign(one, mail);
}
