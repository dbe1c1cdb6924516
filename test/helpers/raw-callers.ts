import { connect, type Socket } from 'node:net';

export interface RawCallers {
  readonly sockets: readonly Socket[];
  /** What each has heard so far. */
  readonly heard: readonly string[];
  /** How many are still connected. */
  open(): number;
  close(): void;
}

/** Connects `count` times to a URL's port; each sends `text` and then nothing. `reads: false`: and never reads. */
export async function callRaw(
  url: string,
  { count, text = '', reads = true }: { count: number; text?: string; reads?: boolean },
): Promise<RawCallers> {
  const { hostname, port } = new URL(url);
  const sockets: Socket[] = [];
  const heard: string[] = [];
  for (let i = 0; i < count; i++) {
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    heard.push('');
    if (reads)
      socket.on('data', (chunk: Buffer) => (heard[i] = (heard[i] ?? '') + chunk.toString()));
    else socket.pause();
    sockets.push(socket);
    await new Promise<void>((resolve) => {
      socket.once('connect', () => {
        if (text !== '') socket.write(text);
        resolve();
      });
      socket.once('close', () => resolve());
    });
  }
  return {
    sockets,
    heard,
    open: () =>
      sockets.filter(({ destroyed, readyState }) => !destroyed && readyState === 'open').length,
    close: () => sockets.forEach((socket) => socket.destroy()),
  };
}
