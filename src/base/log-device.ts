import { write, writeSync } from 'node:fs';

export interface LogDevice {
  write(line: string): void;
  /** Lines that the device did not take. */
  dropped(): number;
  /** Resolves when every line is written or dropped, or after `withinMs`. */
  flush(withinMs: number): Promise<void>;
  /** Writes what is left before the process ends; does not wait for a device that is stuck. */
  flushNow(): void;
}

/** How much may wait for a slow device: some thousands of lines. */
const MAX_WAITING_BYTES = 1_048_576;
/** Of one write. */
const MAX_CHUNK_BYTES = 65_536;
const RETRY_AFTER_MS = 20;

/**
 * Writes lines to a descriptor without ever waiting for it and without ever failing: a device that is full,
 * closed or stuck loses lines, which are counted. Another thread does the writing, one piece at a time.
 */
export function createLogDevice(fd: number): LogDevice {
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  /** What is being written, and how many lines it holds. */
  let current: Buffer | null = null;
  let lost = 0;
  let wake: (() => void)[] = [];

  const finish = () => {
    current = null;
    if (waiting.length > 0) start();
    else for (const resolve of wake.splice(0)) resolve();
  };
  const send = (bytes: Buffer) => {
    current = bytes;
    writeWhole(fd, bytes, (left) => {
      lost += linesOf(left);
      finish();
    });
  };
  function start(): void {
    let bytes = 0;
    let count = 0;
    while (count < waiting.length && bytes < MAX_CHUNK_BYTES)
      bytes += waiting[count++]?.length ?? 0;
    waitingBytes -= bytes;
    send(Buffer.concat(waiting.splice(0, count)));
  }

  return {
    write(line) {
      const bytes = Buffer.from(line);
      if (waitingBytes + bytes.length > MAX_WAITING_BYTES) {
        lost += 1;
        return;
      }
      waiting.push(bytes);
      waitingBytes += bytes.length;
      if (current === null) start();
    },
    dropped: () => lost,
    flush(withinMs) {
      if (current === null) return Promise.resolve();
      return new Promise((resolve) => {
        wake.push(resolve);
        setTimeout(resolve, withinMs).unref();
      });
    },
    flushNow() {
      if (current !== null || waiting.length === 0) return;
      try {
        writeSync(fd, Buffer.concat(waiting));
      } catch {
        lost += waiting.length;
      }
      waiting = [];
      wake = [];
    },
  };
}

/** @param done called with what the device did not take */
function writeWhole(fd: number, bytes: Buffer, done: (left: Buffer) => void): void {
  write(fd, bytes, 0, bytes.length, null, (error, written) => {
    if (error?.code === 'EAGAIN') {
      setTimeout(() => writeWhole(fd, bytes, done), RETRY_AFTER_MS).unref();
    } else if (error !== null || written === bytes.length) {
      done(error === null ? bytes.subarray(written) : bytes);
    } else {
      writeWhole(fd, bytes.subarray(written), done);
    }
  });
}

const LINE_FEED = 0x0a;

function linesOf(bytes: Buffer): number {
  return bytes.reduce((count, byte) => (byte === LINE_FEED ? count + 1 : count), 0);
}
