import { openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { constants, monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8';
import { histogram } from './histogram.js';
import { gauge, MS_PER_SECOND } from './instruments.js';
import type { Registry } from './registry.js';

const GC_BUCKETS = [0.001, 0.01, 0.1, 1, 2, 5];
const GC_KINDS: Readonly<Record<number, string>> = {
  [constants.NODE_PERFORMANCE_GC_MINOR]: 'minor',
  [constants.NODE_PERFORMANCE_GC_MAJOR]: 'major',
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: 'incremental',
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: 'weakcb',
};
const US_PER_SECOND = 1_000_000;
const NS_PER_SECOND = 1_000_000_000;
const BYTES_PER_KB = 1_024;
const DESCRIPTORS = '/proc/self/fd';
/** Of a file that is read again and again; 1.5 kB are usual. */
const MAX_PROC_BYTES = 8_192;

/**
 * What is usual to know of a process and of Node.js, under the names that are usual for them;
 * read anew at each scrape. What the system does not say is absent.
 */
export function processMetrics(registry: Registry): void {
  const reads = [processorTime, memory, descriptors, heap, eventLoop, resources].map((of) =>
    of(registry),
  );
  registry.beforeRender(() => reads.forEach((read) => read()));
  const start = Math.round(Date.now() / MS_PER_SECOND - process.uptime());
  define(
    registry,
    'process_start_time_seconds',
    'When the process started, in Unix seconds.',
  )(start);
  const [major = '', minor = '', patch = ''] = process.versions.node.split('.');
  const version = { version: process.version, major, minor, patch };
  gauge(registry, {
    ...{ name: 'nodejs_version_info', type: 'gauge', help: 'Always 1; the version of Node.js.' },
    labels: ['version', 'major', 'minor', 'patch'],
  }).set(version, 1);
  collections(registry);
}

/** A metric without labels, as what sets it. */
function define(registry: Registry, name: string, help: string, type = 'gauge') {
  const { set } = gauge(registry, { name, type, help, labels: [] });
  return (value: number) => set({}, value);
}

function processorTime(registry: Registry) {
  const of = (kind: string, what: string) =>
    define(
      registry,
      `process_cpu_${kind}seconds_total`,
      `Processor time, in seconds${what}.`,
      'counter',
    );
  const [user, system, total] = [
    of('user_', ': of the program'),
    of('system_', ': of the system for it'),
    of('', ''),
  ];
  return () => {
    const used = process.cpuUsage();
    user(used.user / US_PER_SECOND);
    system(used.system / US_PER_SECOND);
    total((used.user + used.system) / US_PER_SECOND);
  };
}

function memory(registry: Registry) {
  const fields = [
    [
      'VmRSS',
      define(registry, 'process_resident_memory_bytes', 'Memory that is in use, in bytes.'),
    ],
    [
      'VmSize',
      define(registry, 'process_virtual_memory_bytes', 'Memory that is addressed, in bytes.'),
    ],
    ['VmData', define(registry, 'process_heap_bytes', 'Memory of data, in bytes.')],
  ] as const;
  const read = openProc('status');
  return () => {
    const status = read();
    for (const [field, set] of fields) {
      const at = status.indexOf(`${field}:`);
      if (at >= 0) set(Number.parseInt(status.slice(at + field.length + 1), 10) * BYTES_PER_KB);
    }
  };
}

function descriptors(registry: Registry) {
  const open = define(registry, 'process_open_fds', 'Open file descriptors.');
  const max = define(registry, 'process_max_fds', 'The limit of open file descriptors.');
  const limit = /^Max open files +(\d+)/m.exec(readProc('limits'))?.[1];
  if (limit !== undefined) max(Number(limit));
  return () => {
    try {
      // Linux 6.2 and later say it as the folder's size. The list has one more: of what reads it.
      open(statSync(DESCRIPTORS).size || readdirSync(DESCRIPTORS).length - 1);
    } catch {
      // Not on Linux.
    }
  };
}

function heap(registry: Registry) {
  const total = define(registry, 'nodejs_heap_size_total_bytes', "The heap's size, in bytes.");
  const used = define(
    registry,
    'nodejs_heap_size_used_bytes',
    'The part of the heap that is in use, in bytes.',
  );
  const external = define(
    registry,
    'nodejs_external_memory_bytes',
    'Memory outside of the heap, in bytes.',
  );
  const [ofTotal, ofUsed, ofAvailable] = (['total', 'used', 'available'] as const).map((what) =>
    gauge(registry, {
      ...{ name: `nodejs_heap_space_size_${what}_bytes`, type: 'gauge' },
      ...{ help: `A part of the heap, in bytes: ${what}.`, labels: ['space'] },
    }),
  );
  return () => {
    const all = getHeapStatistics();
    total(all.total_heap_size);
    used(all.used_heap_size);
    external(all.external_memory);
    for (const it of getHeapSpaceStatistics()) {
      const space = { space: it.space_name.slice(0, -'_space'.length) };
      ofTotal?.set(space, it.space_size);
      ofUsed?.set(space, it.space_used_size);
      ofAvailable?.set(space, it.space_available_size);
    }
  };
}

function eventLoop(registry: Registry) {
  const delay = monitorEventLoopDelay();
  delay.enable();
  const of = (statistic: string) =>
    define(
      registry,
      `nodejs_eventloop_lag_${statistic}_seconds`,
      `Lag of the event loop since the previous scrape: ${statistic}.`,
    );
  const [min, max, mean] = [of('min'), of('max'), of('mean')];
  const percentiles = [50, 90, 99].map((p) => ({ p, set: of(`p${p}`) }));
  return () => {
    if (delay.count > 0) {
      min(delay.min / NS_PER_SECOND);
      max(delay.max / NS_PER_SECOND);
      mean(delay.mean / NS_PER_SECOND);
      for (const { p, set } of percentiles) set(delay.percentile(p) / NS_PER_SECOND);
    }
    delay.reset();
  };
}

function resources(registry: Registry) {
  const active = gauge(registry, {
    ...{ name: 'nodejs_active_resources', type: 'gauge', labels: ['type'] },
    help: 'What keeps the event loop alive, by kind.',
  });
  let counts = new Map<string, number>();
  return () => {
    const before = counts;
    counts = new Map();
    for (const type of process.getActiveResourcesInfo())
      counts.set(type, (counts.get(type) ?? 0) + 1);
    for (const [type, count] of counts) active.set({ type }, count);
    for (const type of before.keys()) if (!counts.has(type)) active.remove({ type });
  };
}

function collections(registry: Registry): void {
  const duration = histogram(
    registry,
    {
      ...{ name: 'nodejs_gc_duration_seconds', type: 'histogram', labels: ['kind'] },
      help: 'Garbage collections, by kind, in seconds.',
    },
    () => GC_BUCKETS,
  );
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { detail, duration: ms } = entry as typeof entry & { detail: { kind: number } };
      const kind = GC_KINDS[detail.kind];
      if (kind !== undefined) duration.observe({ kind }, ms / MS_PER_SECOND);
    }
  });
  observer.observe({ entryTypes: ['gc'] });
}

/** What reads a file again and again; it stays open. Empty where there is none. */
function openProc(name: string): () => string {
  const bytes = Buffer.alloc(MAX_PROC_BYTES);
  let file: number | undefined;
  return () => {
    try {
      file ??= openSync(`/proc/self/${name}`, 'r');
      return bytes.toString('latin1', 0, readSync(file, bytes, 0, bytes.length, 0));
    } catch {
      return '';
    }
  };
}

/** Empty where there is no such file. */
function readProc(name: string): string {
  try {
    return readFileSync(`/proc/self/${name}`, 'utf8');
  } catch {
    return '';
  }
}
