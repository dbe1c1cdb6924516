import type { ConnectionFields } from '../config/resolve-connection.js';
import { startRelay, type Relay } from '../lab/relay.js';
import { createRecorder, type Counts } from './count/recorder.js';
import { startProxy, type Proxy } from './proxy/proxy.js';
import { reach, type Reached } from './proxy/upstream.js';
import { createKinds, type Kind } from './report/kinds.js';
import { offerTls } from './certificate-file.js';

export interface RecordingOptions {
  readonly fields: ConnectionFields;
  readonly listen: { readonly host: string; readonly port: number };
  readonly tls: boolean;
  readonly pauseMs: number;
  /** What is put on the way to the server; 0: nothing. */
  readonly addedMs: number;
  /** A line for people. */
  readonly say: (line: string) => void;
}

export interface Recorded {
  readonly counts: Counts;
  readonly kinds: readonly Kind[];
  readonly cancelRequests: number;
  /** Connections that were made to the proxy, with whatever came of them. */
  readonly accepted: number;
  readonly encryptionTrips: number;
  readonly measuredMs: number;
}

export interface Recording {
  readonly port: number;
  readonly certificateFile: string | null;
  /** Ends every connection, and gives what was recorded. */
  finish(): Promise<Recorded>;
}

/** Lines about failures that are said; an application may try a thousand times. */
const MAX_LINES = 5;

/** @throws Error where the server cannot be used, or the address is taken. */
export async function startRecording(options: RecordingOptions): Promise<Recording> {
  const { fields, listen, pauseMs, addedMs } = options;
  const reached = await reach(fields);
  const relay = addedMs === 0 ? null : await startDetour(reached, fields.port, addedMs);
  const upstream = reached.upstream(
    relay === null ? undefined : { host: '127.0.0.1', port: relay.port },
  );
  const kinds = createKinds();
  const roundTripMs = () => addedMs + (isNear(reached.address) ? 0 : upstream.roundTripMs());
  const recorder = createRecorder({ pauseMs, roundTripMs }, kinds.add);
  const offered = offerTls(options.tls, listen.host);
  const startedAt = performance.now();
  let cancelRequests = 0;
  let proxy: Proxy;
  try {
    proxy = await startProxy({
      ...listen,
      upstream,
      recorder,
      secureContext: offered.secureContext,
      onCancel: () => (cancelRequests += 1),
      onFailure: sayEachOnce(options.say),
    });
  } catch (error) {
    offered.remove();
    await relay?.close();
    throw describeListenError(error, listen);
  }
  return {
    port: proxy.port,
    certificateFile: offered.file,
    async finish() {
      const measuredMs = performance.now() - startedAt;
      await proxy.close();
      await relay?.close();
      offered.remove();
      await recorder.finish();
      return {
        counts: recorder.counts,
        kinds: kinds.list(),
        cancelRequests,
        accepted: proxy.accepted,
        encryptionTrips: upstream.encryptionTrips,
        measuredMs,
      };
    },
  };
}

function startDetour({ address }: Reached, port: number, rttMs: number): Promise<Relay> {
  const upstream = address.startsWith('/')
    ? { path: `${address}/.s.PGSQL.${port}` }
    : { host: address, port };
  return startRelay({ upstream, rttMs });
}

/** The way there takes nothing, and a handshake's time is this process's own. */
function isNear(address: string): boolean {
  return address.startsWith('/') || address.startsWith('127.') || address === '::1';
}

function sayEachOnce(say: (line: string) => void): (line: string) => void {
  const said = new Set<string>();
  return (line) => {
    if (said.has(line) || said.size >= MAX_LINES) return;
    said.add(line);
    say(line);
  };
}

function describeListenError(error: unknown, { host, port }: RecordingOptions['listen']): Error {
  const { code } = error as NodeJS.ErrnoException;
  const place = `${host}:${port}`;
  const why =
    code === 'EADDRINUSE'
      ? 'another program uses it, perhaps another audit; --listen 0 takes any free port'
      : code === 'EACCES'
        ? 'this user may not listen there'
        : code === 'EADDRNOTAVAIL'
          ? 'no interface of this machine has that address'
          : String(code ?? error);
  return new Error(`--listen ${place}: ${why}`, { cause: error });
}
