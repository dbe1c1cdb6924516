import { InvalidArgumentError, Option, type Command } from 'commander';
import type { CliDeps } from '../base/cli-deps.js';
import { createAlertmanagerClient } from '../alertmanager/client.js';
import { sendTestAlert, type Outcome, type TestAlertResult } from '../alertmanager/test-alert.js';
import { DEFAULT_FLEET, NAME_FORM, NAME_PATTERN } from '../config/fields.js';

interface Options {
  readonly alertmanager: URL;
  readonly severity: 'page' | 'ticket';
  readonly fleet: string;
  readonly timeout: number;
  readonly json?: true;
}

const DEFAULT_TIMEOUT_S = 90;
const MAX_TIMEOUT_S = 3600;

/** Adds `pglatency alerts test`. */
export function addAlertsTestCommand(
  alerts: Command,
  { stdout, stderr }: Pick<CliDeps, 'stdout' | 'stderr'>,
  exit: (code: number) => void,
): void {
  alerts
    .command('test')
    .description('send a test alert through Alertmanager, and say whether the receiver took it')
    .requiredOption(
      '--alertmanager <url>',
      'where Alertmanager is, such as http://localhost:9093',
      toUrl,
    )
    .addOption(
      new Option('--severity <severity>', 'severity of the test alert, which chooses the receiver')
        .choices(['page', 'ticket'])
        .default('page'),
    )
    .option('--fleet <name>', 'the label "fleet" of the alert', toFleet, DEFAULT_FLEET)
    .option('--timeout <seconds>', 'how long the receiver may take', toSeconds, DEFAULT_TIMEOUT_S)
    .option('--json', 'print the result as JSON')
    .addHelpText('after', HELP)
    .action(async ({ alertmanager, severity, fleet, timeout, json }: Options) => {
      const client = createAlertmanagerClient(alertmanager);
      const url = `${alertmanager.origin}${alertmanager.pathname}`;
      stderr.write(`sending a test alert to ${url}; the receiver may take some seconds\n`);
      const options = { fleet, severity, url, timeoutMs: timeout * 1000 };
      const result = await sendTestAlert(client, options);
      const ok = isTaken(result);
      const labels = { fleet, severity };
      stdout.write(json ? toJson(result, labels, ok) : toText(result, labels, timeout));
      exit(ok ? 0 : 1);
    });
}

const HELP = `
The alert is PglatencyTest. It has the labels that route real alerts, and it is ended at once.
"taken" means that the service answered without an error, as Alertmanager counts it. Ask the people on call
whether it arrived. If real alerts fire at the same time, the test may count one of them.
Exit code: 0 every service of the receiver took it, 1 one did not.`;

const isTaken = ({ services, problem }: TestAlertResult) =>
  problem === null && services.every(({ outcome }) => outcome === 'taken');

interface Labels {
  readonly fleet: string;
  readonly severity: string;
}

function toJson(
  { target, services, problem }: TestAlertResult,
  labels: Labels,
  ok: boolean,
): string {
  return `${JSON.stringify({ ok, ...labels, target, services, problem }, null, 2)}\n`;
}

function toText(
  { target, services, problem }: TestAlertResult,
  labels: Labels,
  timeoutS: number,
): string {
  const said: Readonly<Record<Outcome, string>> = {
    taken: 'taken',
    refused: "refused; Alertmanager's log has the reason",
    waiting: `not sent within ${timeoutS} s; group_wait may be longer, see --timeout`,
  };
  const lines = [
    `PglatencyTest, severity ${labels.severity}, fleet ${labels.fleet}, target ${target}`,
    ...services.map(
      ({ receiver, service, outcome }) => `  ${receiver}: ${service} ${said[outcome]}`,
    ),
    ...(problem === null ? [] : [`  nobody was told: ${problem}`]),
  ];
  return `${lines.join('\n')}\n`;
}

function toUrl(text: string): URL {
  if (!URL.canParse(text) || !['http:', 'https:'].includes(new URL(text).protocol)) {
    // Not the value: it may hold a password.
    throw new InvalidArgumentError('Expected an address that begins with http:// or https://.');
  }
  return new URL(text);
}

function toFleet(text: string): string {
  if (!NAME_PATTERN.test(text)) throw new InvalidArgumentError(`Expected ${NAME_FORM}.`);
  return text;
}

function toSeconds(text: string): number {
  const seconds = /^\d{1,4}$/.test(text) ? Number(text) : NaN;
  if (!(seconds >= 1 && seconds <= MAX_TIMEOUT_S)) {
    throw new InvalidArgumentError(`Expected whole seconds from 1 to ${MAX_TIMEOUT_S}.`);
  }
  return seconds;
}
