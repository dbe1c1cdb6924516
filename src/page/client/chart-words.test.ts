import { expect, test } from 'vitest';
import { HISTORY_COLUMNS } from '../../runs/columns.js';
import type { HistoryAnswer } from './api.js';
import { describeLatency } from './chart-words.js';

/** Three runs, at the seconds 1, 2 and 3. */
function historyWith(columns: Partial<HistoryAnswer>): HistoryAnswer {
  const empty = Object.fromEntries(HISTORY_COLUMNS.map((name) => [name, [null, null, null]]));
  return { ...empty, ended_at_s: [1, 2, 3], ...columns } as HistoryAnswer;
}

const phases = {
  connect_ms: [999, 80, 90],
  connect_dns_ms: [1, 1, 1],
  connect_tcp_ms: [999, 10, 20],
  connect_startup_ms: [999, 70, null],
};

test('the connections of a window are told in parts, of the phases that there were', () => {
  const words = describeLatency(historyWith(phases), 'connect', 2);
  expect(words).toContain('2 runs: half within 85.0 ms');
  expect(words).toContain(
    ' Medians of the parts: TCP handshake 15.0 ms, Startup and login 70.0 ms.',
  );
});

test('an older backend tells no parts, and only connections have them', () => {
  const none = { connect_tcp_ms: [], connect_tls_ms: [], connect_startup_ms: [] };
  const old = historyWith({ connect_ms: [1, 2, 3], ...none });
  expect(describeLatency(old, 'connect', 0)).toContain('half within 2.00 ms');
  expect(describeLatency(old, 'connect', 0)).not.toContain('parts');
  expect(
    describeLatency(historyWith({ ...phases, read_p50_ms: [1, 2, 3] }), 'read', 0),
  ).not.toContain('parts');
});
