import { startEmbeddedPostgres } from '../src/lab/embedded-postgres.js';
import { findTool } from '../test/helpers/tools.js';
import { conclude, progress, readOptions, residentMb } from './harness.js';
import { measureAddedLatency } from './proxy/added-latency.js';
import { startAuditProcess } from './proxy/audit-process.js';
import { measureCopy, measureStalledReader } from './proxy/copy.js';
import { measureManyConnections } from './proxy/many-connections.js';

const MAX_ADDED_MS = 0.15;
const MIN_MB_PER_SECOND = 200;
/** What V8 and the sockets' buffers take for a while. */
const MAX_GROWN_MB = 96;

const { queries, megabytes, connections, json } = readOptions(
  'bench:audit',
  `What the audit's proxy costs beside none, in one run: the latency that it adds to a query, a COPY of large
rows and the memory for it, a client that does not read, and many connections.`,
  {
    queries: { default: 20_000, help: 'queries each way' },
    megabytes: { default: 2_000, help: 'of the COPY' },
    connections: { default: 500, help: 'that are open at a time' },
  },
);

const postgres = await startEmbeddedPostgres({
  settings: { max_connections: String(connections + 20) },
});
try {
  const audit = await startAuditProcess(postgres);
  progress('latency …');
  const latency = await measureAddedLatency(postgres.connection, audit.place, queries);
  const hasPsql = findTool('psql') !== null;
  if (!hasPsql) progress('*** SKIPPED: the COPY, because psql is missing ***');
  progress('COPY …');
  const direct = hasPsql ? await measureCopy(postgres.connection, megabytes) : null;
  const through = hasPsql ? await measureCopy(audit.place, megabytes, audit.pid) : null;
  progress('a client that does not read …');
  const stalledMb = await measureStalledReader(audit);
  progress('many connections …');
  const manyDirect = await measureManyConnections(postgres.connection, connections);
  const many = await measureManyConnections(audit.place, connections);
  const residentAfterMb = await residentMb(audit.pid);
  const counted = await audit.stop();
  const figures = { latency, direct, through, stalledMb, manyDirect, many, residentAfterMb };
  if (json) console.log(JSON.stringify(figures));
  else {
    const ms = (value: number) => `${value.toFixed(3)} ms`;
    const rate = (it: typeof direct) => (it === null ? '–' : `${it.mbPerSecond.toFixed(0)} MB/s`);
    console.log(`| | beside none | through the audit |
| --- | ---: | ---: |
| a query, p50 of ${queries} | ${ms(latency.directMs)} | ${ms(latency.throughMs)} |
| COPY of ${megabytes} MB in rows of 1 MB | ${rate(direct)} | ${rate(through)} |
| the COPY, by the audit's processor time | | ${through?.mbPerProcessorSecond?.toFixed(0) ?? '–'} MB/s |
| memory that the COPY took | | ${through?.grownMb?.toFixed(0) ?? '–'} MB |
| memory that 500 MB took that nobody reads | | ${stalledMb.toFixed(0)} MB |
| ${connections} connections with ten queries each | ${manyDirect.seconds.toFixed(1)} s | ${many.seconds.toFixed(1)} s |
| memory of the process, after all | | ${residentAfterMb.toFixed(0)} MB |`);
  }
  conclude(
    latency.addedMs < MAX_ADDED_MS &&
      (through === null ||
        (Number(through.mbPerProcessorSecond) >= MIN_MB_PER_SECOND &&
          Number(through.grownMb) <= MAX_GROWN_MB)) &&
      stalledMb <= MAX_GROWN_MB &&
      many.answered === many.expected &&
      counted >= connections,
    `adds less than ${MAX_ADDED_MS} ms, carries ${MIN_MB_PER_SECOND} MB for a second of the processor in at most ${MAX_GROWN_MB} MB, holds ${connections} connections`,
  );
} finally {
  await postgres.dispose();
}
