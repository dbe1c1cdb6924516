import { Agent, get } from 'node:http';

/**
 * Load from a process of its own: `node load.ts <url>` sends 500 requests a second to /api/info and
 * 4 scrapes a second of /metrics until it is told to end, then says what it sent as a message.
 */
const [, , url = ''] = process.argv;
const agent = new Agent({ keepAlive: true, maxSockets: 64 });
const sent = { requests: 0, scrapes: 0, failures: 0 };
const startedAt = performance.now();

function send(path: string): void {
  get(url + path, { agent }, (response) => {
    if (response.statusCode !== 200) sent.failures++;
    response.resume();
  }).on('error', () => sent.failures++);
}

/** Sends what is due by now at this rate, so that a late timer loses nothing. */
function pace(path: string, perSecond: number, counter: 'requests' | 'scrapes'): () => void {
  return () => {
    const due = Math.floor(((performance.now() - startedAt) / 1_000) * perSecond);
    for (; sent[counter] < due; sent[counter]++) send(path);
  };
}

setInterval(pace('/api/info', 500, 'requests'), 2);
setInterval(pace('/metrics', 4, 'scrapes'), 50);

process.once('message', () => {
  process.send?.({ ...sent, seconds: (performance.now() - startedAt) / 1_000 }, () =>
    process.exit(0),
  );
});
