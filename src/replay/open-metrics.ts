import { createWriteStream } from 'node:fs';
import { once } from 'node:events';

/** A file of OpenMetrics that promtool makes a TSDB of. */
export interface OpenMetricsFile {
  write(lines: string): Promise<void>;
  close(): Promise<void>;
}

export function openMetricsFile(path: string): OpenMetricsFile {
  const stream = createWriteStream(path);
  return {
    async write(lines) {
      if (!stream.write(lines)) await once(stream, 'drain');
    },
    async close() {
      stream.end('# EOF\n');
      await once(stream, 'finish');
    },
  };
}
