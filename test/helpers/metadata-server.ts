import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What each platform's metadata service answers; each of them in a region of its own. */
const ANSWERS: Readonly<Record<string, string>> = {
  'PUT /latest/api/token': 'a-token',
  'GET /latest/meta-data/placement/region': 'eu-west-1',
  'GET /task': '{"TaskARN":"arn:aws:ecs:us-west-1:123456789012:task/a/b"}',
  'GET /computeMetadata/v1/instance/zone': 'projects/123/zones/europe-west1-b',
  'GET /metadata/instance/compute?api-version=2021-02-01': '{"location":"westeurope"}',
  'GET /metadata/v1/region': 'fra1',
  'GET /hetzner/v1/metadata/availability-zone': 'hel1-dc2',
  'PUT /v1/token': 'a-token',
  'GET /v1/instance': '{"region":"eu-central"}',
};

/** A real server on the loopback in the place of every platform's metadata service. */
export async function startMetadataServer() {
  const asked: string[] = [];
  const server = createServer((req, res) => {
    const question = `${req.method ?? ''} ${req.url ?? ''}`;
    asked.push(question);
    const answer = ANSWERS[question];
    res.writeHead(answer === undefined ? 404 : 200).end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
