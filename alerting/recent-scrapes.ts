import { createReadStream, createWriteStream, type WriteStream } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** Of Prometheus, for one part, which it has to read within that time. */
const SCRAPE_SECONDS = 10;

/** Samples of one series, in the order of their times. */
export type Samples = readonly (readonly [value: number, unixSeconds: number])[];

/**
 * What a Prometheus holds in memory: its latest two to three hours. No tool writes these, so it has to scrape
 * them, a part after the other, with their own times.
 */
export interface RecentScrapes {
  write(series: string, samples: Samples): Promise<void>;
  /** The parts are complete. @returns the configuration that scrapes them, and when that was done */
  serve(): Promise<{ readonly scrapeConfig: string; readonly scraped: Promise<void> }>;
}

/** @param partSeconds how much of the time is scraped at once */
export function recentScrapes(
  directory: string,
  { from, partSeconds }: { readonly from: number; readonly partSeconds: number },
): RecentScrapes {
  const parts: WriteStream[] = [];
  const pathOf = (part: number) => join(directory, `part-${part}.txt`);
  const fileOf = (part: number) => {
    while (parts.length <= part) parts.push(createWriteStream(pathOf(parts.length)));
    return parts[part] as WriteStream;
  };
  return {
    async write(series, samples) {
      const lines = new Map<number, string>();
      for (const [value, time] of samples) {
        const part = Math.floor((time - from) / partSeconds);
        lines.set(part, `${lines.get(part) ?? ''}${series} ${value} ${time * 1_000}\n`);
      }
      for (const [part, text] of lines) {
        const file = fileOf(part);
        if (!file.write(text)) await once(file, 'drain');
      }
    },
    async serve() {
      for (const part of parts) {
        part.end();
        await once(part, 'finish');
      }
      let asked = 0;
      let done: () => void;
      const scraped = new Promise<void>((resolve) => (done = resolve));
      const server = createServer((_req, res) => {
        const part = asked++;
        if (part < parts.length) {
          res.setHeader('Content-Type', 'text/plain; version=0.0.4');
          createReadStream(pathOf(part)).pipe(res);
          return;
        }
        // The one before has been stored.
        res.end();
        server.close();
        done();
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const scrapeConfig = `
scrape_configs:
  - job_name: history
    honor_labels: true
    scrape_interval: ${SCRAPE_SECONDS}s
    scrape_timeout: ${SCRAPE_SECONDS}s
    static_configs: [{ targets: ['127.0.0.1:${port}'] }]
`;
      return { scrapeConfig, scraped };
    },
  };
}
