/**
 * The distance: takes UDP on one address, and passes it on to another after a delay that depends on
 * who sent it, and back the same way. Started with its settings as JSON. Each line of its input is a
 * command: `cut <address>`, `restore <address>`, or `delay <own>`. Before the last nothing is delayed;
 * from then on everything is, less what the path costs by itself, in milliseconds of a round trip.
 */
import { createSocket, type RemoteInfo } from 'node:dgram';
import { createInterface } from 'node:readline';
import { createDelayLine, type DelayLine } from '../../src/lab/delay-line.js';

export interface RelaySettings {
  readonly listen: { readonly address: string; readonly port: number };
  readonly forward: { readonly address: string; readonly port: number };
  /** Milliseconds one way, by the sender's address. Others are dropped. */
  readonly delaysMs: Readonly<Record<string, number>>;
}

type Line = DelayLine<() => void>;

const createLine = (): Line =>
  createDelayLine({ deliver: (send) => send(), mayDeliver: () => true });

function startRelay({ listen, forward, delaysMs }: RelaySettings): void {
  const server = createSocket('udp4');
  const cut = new Set<string>();
  let own = Infinity;
  const flows = new Map<string, { send: (message: Buffer) => void }>();

  /** A socket of its own for each sender, so that the hub sees each as another endpoint. */
  const openFlow = (sender: RemoteInfo, oneWayMs: number) => {
    const socket = createSocket('udp4');
    const delayMs = () => Math.max(0, oneWayMs - own / 2);
    const [up, down] = [createLine(), createLine()];
    socket.on('message', (message) => {
      if (cut.has(sender.address)) return;
      down.push(() => server.send(message, sender.port, sender.address), delayMs());
    });
    socket.on('error', () => undefined);
    return {
      send: (message: Buffer) =>
        up.push(() => socket.send(message, forward.port, forward.address), delayMs()),
    };
  };

  server.on('message', (message, sender) => {
    const oneWayMs = delaysMs[sender.address];
    if (oneWayMs === undefined || cut.has(sender.address)) return;
    const key = `${sender.address}:${sender.port}`;
    const flow = flows.get(key) ?? openFlow(sender, oneWayMs);
    flows.set(key, flow);
    flow.send(message);
  });
  server.on('error', (error) => {
    throw error;
  });
  server.bind(listen.port, listen.address, () => console.log('relaying'));

  createInterface(process.stdin).on('line', (line) => {
    const [command, value = ''] = line.split(' ');
    if (command === 'cut') cut.add(value);
    else if (command === 'restore') cut.delete(value);
    else own = Number(value);
  });
}

startRelay(JSON.parse(process.argv[2] ?? '') as RelaySettings);
