import type { Socket } from 'node:net';

export interface PipeOptions {
  /** What goes on in place of what came. */
  readonly change?: (chunk: Buffer) => Buffer;
  /** Told of what has been passed on, and when it came. */
  readonly passed: (chunk: Buffer, at: number) => void;
}

/**
 * Carries the bytes of one socket to the other as they come, at the pace of the reader, and its end. When one
 * breaks off, the other is closed too.
 */
export function pipe(from: Socket, to: Socket, { change, passed }: PipeOptions): void {
  from.on('data', (chunk: Buffer) => {
    const at = performance.now();
    const bytes = change === undefined ? chunk : change(chunk);
    if (bytes.length === 0) return;
    if (!to.destroyed && !to.write(bytes)) from.pause();
    passed(bytes, at);
  });
  to.on('drain', () => from.resume());
  from.on('end', () => to.end());
  from.on('error', () => undefined); // 'close' follows.
  from.on('close', () => {
    if (from.readableEnded) return void to.end();
    to.destroy();
  });
}
