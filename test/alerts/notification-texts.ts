import type { Mail } from '../helpers/mail-sink.js';
import type { Sent } from '../helpers/alertmanager.js';

interface PagerDuty {
  readonly event_action: string;
  readonly client_url: string;
  readonly links: { readonly href: string; readonly text: string }[];
  readonly payload: {
    readonly summary: string;
    readonly custom_details: { readonly what: string };
  };
}

interface Slack {
  readonly attachments: { readonly title: string; readonly text: string }[];
}

/** Alertmanager's own form, version 4. */
interface Webhook {
  readonly status: string;
  readonly alerts: {
    readonly status: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  }[];
}

/** What people read of a request to one of these services, without the times, which differ in each run. */
export const TEXTS: Readonly<Record<Sent['service'], (body: unknown) => string[]>> = {
  slack: (body) =>
    (body as Slack).attachments.map(({ title, text }) =>
      timeless(`## Slack: ${title}\n\n${text.trim()}\n`),
    ),
  pagerduty: (body) => {
    const { event_action, payload, client_url, links } = body as PagerDuty;
    const own = [
      `## PagerDuty, ${event_action}: ${payload.summary}`,
      payload.custom_details.what.trim(),
      [`opens ${client_url}`, ...links.map(({ href, text }) => `link ${text}: ${href}`)].join('\n'),
    ];
    return [timeless(`${own.join('\n\n')}\n`)];
  },
  email: (body) => {
    const { subject, text } = body as Mail;
    return [timeless(`## E-mail: ${subject}\n\n${text.trim()}\n`)];
  },
  webhook: (body) => {
    const { status, alerts } = body as Webhook;
    const told = alerts.map(({ status: own, labels, annotations }) =>
      [...entries({ status: own }), ...entries(labels), ...entries(annotations)].join('\n'),
    );
    return [`## Webhook: [${status}] ${alerts.length}\n\n${told.join('\n\n')}\n`];
  },
};

const entries = (of: Readonly<Record<string, string>>) =>
  Object.entries(of)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}: ${value}`);

const timeless = (text: string) =>
  text
    .replace(/since \d\d:\d\d UTC/g, 'since 14:05 UTC')
    .replace(/over after [\dms.]+/g, 'over after 12m0s')
    .replace(/from=\d{13}/g, 'from=1793800000000')
    .replace(/to=\d{13}/g, 'to=1793808000000');
