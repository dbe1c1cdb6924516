const KEYS = '1234567890';

/** A digit for each region, in the lab's order. */
export function keysOf(regions: readonly string[]): ReadonlyMap<string, string> {
  return new Map(regions.slice(0, KEYS.length).map((region, i) => [KEYS.charAt(i), region]));
}

/** What the keys do, for the lines below the table. */
export function keyLegend(keys: ReadonlyMap<string, string>): string[] {
  const pairs = [...keys].map(([key, region]) => `${key} ${region}`);
  return [`press a digit to slow its region down, and again to restore it: ${pairs.join('  ')}`];
}

const END_OF_TEXT = '\u0003';

/**
 * Calls back at each key. A terminal that passes its keys on makes no signal of Ctrl-C, so this does.
 *
 * @returns how to stop, which leaves the terminal as it was.
 */
export function listenToKeys(stdin: NodeJS.ReadStream, onKey: (key: string) => void): () => void {
  const onData = (data: Buffer) => {
    for (const key of data.toString()) {
      if (key === END_OF_TEXT) process.kill(process.pid, 'SIGINT');
      else onKey(key);
    }
  };
  stdin.setRawMode(true);
  stdin.on('data', onData);
  return () => {
    stdin.off('data', onData);
    stdin.setRawMode(false);
    stdin.pause();
  };
}
