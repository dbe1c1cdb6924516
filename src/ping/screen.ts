/** Standard output, with a last line that changes, on a terminal. */
export interface Screen {
  readonly isTerminal: boolean;
  readonly width: number;
  lines(lines: readonly string[]): void;
  /** The last line, until the next ones; nothing where the output is no terminal. */
  status(text: string): void;
}

/** What a text has at most where nobody says how wide the output is. */
const MAX_WIDTH = 100;
/** Narrower ones break the lines themselves. */
const MIN_WIDTH = 60;
const ERASE_LINE = '\r\u001b[2K';

/** `onClosed`: called when the reader has gone, as `head` does. */
export function createScreen(
  stdout: NodeJS.WriteStream,
  onClosed: () => void,
): Screen & { stop(): void } {
  let isClosed = false;
  let hasStatus = false;
  const close = () => {
    isClosed = true;
    onClosed();
  };
  stdout.on('error', close);
  const write = (text: string) => {
    if (!isClosed) stdout.write(text);
  };
  const erase = () => {
    if (hasStatus) write(ERASE_LINE);
    hasStatus = false;
  };
  // A stream that is no terminal has neither; one that does not know its width says 0.
  const { isTTY = false, columns: said = 0 } = stdout as Partial<NodeJS.WriteStream>;
  const columns = said === 0 ? MAX_WIDTH : said;
  return {
    isTerminal: isTTY,
    width: Math.max(MIN_WIDTH, Math.min(MAX_WIDTH, columns)),
    lines(lines) {
      erase();
      if (lines.length > 0) write(`${lines.join('\n')}\n`);
    },
    status(text) {
      if (!isTTY) return;
      erase();
      write(text.slice(0, columns - 1));
      hasStatus = true;
    },
    stop: () => stdout.off('error', close),
  };
}
