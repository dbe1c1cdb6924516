import { expect, test } from 'vitest';
import { receiversOf, requestsOf } from './client.js';

test('the services of each receiver are the lists of its configuration', () => {
  const config = `
receivers:
- name: pages
  slack_configs: [{ channel: a }, { channel: b }]
  email_configs: [{ to: a@example.com }]
- name: nobody
`;
  expect(receiversOf(config)).toEqual(
    new Map([
      [
        'pages',
        new Map([
          ['slack', 2],
          ['email', 1],
        ]),
      ],
      ['nobody', new Map()],
    ]),
  );
});

test('requests are summed over the receivers, which a newer Alertmanager tells apart', () => {
  const metrics = `# HELP alertmanager_notification_requests_total x
alertmanager_notification_requests_total{integration="slack"} 3
alertmanager_notification_requests_failed_total{integration="slack"} 1
alertmanager_notification_requests_total{integration="webhook",receiver_name="a"} 1
alertmanager_notification_requests_total{integration="webhook",receiver_name="b"} 2e+00
alertmanager_notifications_total{integration="slack"} 99
`;
  expect(requestsOf(metrics)).toEqual(
    new Map([
      ['slack', { sent: 3, failed: 1 }],
      ['webhook', { sent: 3, failed: 0 }],
    ]),
  );
});
