import { inject } from 'vitest';
import { findConnection } from '../../src/audit/connection.js';
import { startRecording, type Recording } from '../../src/audit/recording.js';
import type { AuditedServer } from './audit.js';

export interface TestRecording extends Recording {
  /** Where a client finds the proxy. */
  readonly place: AuditedServer & { readonly database: string };
}

/** An audit in this process, of a database of the test run's server. Milliseconds. */
export async function recordAudit(database: string, addedMs = 0): Promise<TestRecording> {
  const { host, port, user, password } = inject('postgres');
  const url = `postgresql://${user}:${encodeURIComponent(password)}@${host}:${port}/${database}`;
  const recording = await startRecording({
    fields: findConnection(url, {}),
    listen: { host: '127.0.0.1', port: 0 },
    tls: false,
    pauseMs: 20,
    addedMs,
    say: (line) => {
      throw new Error(line);
    },
  });
  const place = { host: '127.0.0.1', port: recording.port, user, password, database };
  return { ...recording, place };
}
