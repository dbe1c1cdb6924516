import { gzipSync } from 'node:zlib';
import type { ServerResponse } from 'node:http';
import fc from 'fast-check';
import { fleetAnswer } from '../../src/api/fleet-answer.js';
import { latestAnswer } from '../../src/api/answers.js';
import { createDirectory } from '../../src/fleet/directory.js';
import { createFleet } from '../../src/fleet/fleet.js';
import { PeerError } from '../../src/fleet/peer-request.js';
import { latestOf, startStrangePeer } from '../../test/helpers/strange-peer.js';

export interface PeerFuzz {
  readonly seed: number;
  readonly answers: number;
}

/** What a peer sends. */
interface Reply {
  readonly status: number;
  readonly type: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
  /** After so much of it the connection is cut; null: it is sent whole. */
  readonly cutAt: number | null;
}

const OWN = 'lhr';
const PEER = 'nrt';
const PEER_TIMEOUT_MS = 1_000;
/** Beyond the deadline: for a machine that is busy with other things. */
const MAX_MS = 15_000;
const NAMES = ['__proto__', 'constructor', 'toString', 'region', 'runs', 'target', 'length'];

const anything = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom(
    null,
    -1,
    1e308,
    -0,
    '',
    'x'.repeat(100_000),
    '\u0000',
    '<script>alert(1)</script>',
  ),
  fc.constantFrom(OWN, PEER, 'fra', '1970-01-01T00:00:00Z', 'no date', '9999-12-31T23:59:59Z'),
  fc.dictionary(fc.constantFrom(...NAMES), fc.jsonValue()),
);

/** A healthy answer with something else in some of its places. */
const mutated = fc
  .array(fc.tuple(fc.nat(), anything, fc.constantFrom('replace', 'remove', 'add', 'repeat')), {
    maxLength: 4,
  })
  .map((changes) => {
    const answer: unknown = JSON.parse(JSON.stringify(latestOf(PEER, 80)));
    for (const [place, value, how] of changes) change(answer, { place, value, how });
    return JSON.stringify(answer);
  });

const reply: fc.Arbitrary<Reply> = fc
  .record({
    status: fc.oneof(
      { arbitrary: fc.constant(200), weight: 6 },
      fc.constantFrom(204, 301, 404, 500, 599),
    ),
    type: fc.oneof(
      { arbitrary: fc.constant('application/json'), weight: 6 },
      fc.constantFrom('text/html', '', 'application/json;charset=utf-16', 'x'.repeat(2_000)),
    ),
    body: fc.oneof(
      { arbitrary: mutated, weight: 6 },
      fc.json(),
      fc.string({ unit: 'binary' }),
      fc.constantFrom('', '{', 'null', '[]', '['.repeat(50_000), `{"a":${'1'.repeat(100_000)}}`),
    ),
    isGzip: fc.boolean(),
    isLie: fc.oneof({ arbitrary: fc.constant(false), weight: 9 }, fc.constant(true)),
    location: fc.option(fc.constantFrom('http://127.0.0.1:1/', 'file:///etc/passwd')),
    cut: fc.oneof(
      { arbitrary: fc.constant(null), weight: 9 },
      fc.double({ min: 0, max: 1, noNaN: true }),
    ),
  })
  .map(({ status, type, body, isGzip, isLie, location, cut }) => {
    const bytes = isGzip ? gzipSync(body) : Buffer.from(body);
    const headers = {
      ...(isGzip !== isLie && { 'content-encoding': 'gzip' }),
      ...(location !== null && { location }),
    };
    return {
      status,
      type,
      headers,
      bytes,
      cutAt: cut === null ? null : Math.floor(cut * bytes.length),
    };
  });

/**
 * Asks a peer that answers wrongly, and judges what comes of it: the fleet's answer keeps its shape, keeps its own region,
 * and is there in time.
 *
 * @throws with the smallest answer that did harm, and with what repeats it
 */
export async function fuzzPeers({ seed, answers }: PeerFuzz): Promise<void> {
  let next: Reply | null = null;
  const peer = await startStrangePeer((res) => {
    if (next === null) res.destroy();
    else play(res, next);
  });
  const own = latestAnswer.parse({ ...latestOf(OWN, 10), instance: 'own' });
  try {
    await fc.assert(
      fc.asyncProperty(reply, async (it) => {
        next = it;
        // A new one each time: nothing that was heard before is kept.
        const peers = [{ region: PEER, origin: peer.origin }];
        const fleet = createFleet({
          directory: createDirectory({ kind: 'list', peers }, { defaultPort: 1 }),
          self: { fleet: 'pglatency', region: OWN, instance: 'own', latest: () => own },
          settings: { renewAfterMs: 10, peerTimeoutMs: PEER_TIMEOUT_MS, patienceMs: MAX_MS },
        });
        const startedAt = performance.now();
        const { rows, reads, peersError } = await fleet.lines();
        await fleet.history(PEER).catch((error: unknown) => {
          if (!(error instanceof PeerError)) throw error;
        });
        judge({ rows, reads, peersError });
        if (performance.now() - startedAt > MAX_MS) throw new Error('it took too long');
      }),
      { seed, numRuns: answers, endOnFailure: false },
    );
  } finally {
    await peer.close();
  }
}

function judge({
  rows,
  reads,
  peersError,
}: {
  rows: unknown[];
  reads: unknown[];
  peersError: string | null;
}) {
  const answer = fleetAnswer.parse({
    ...{ fleet: 'pglatency', region: OWN, instance: 'own', city: 'x', version: '0' },
    ...{ timestamp: new Date().toISOString(), token_required: false },
    ...{ peers_error: peersError, rows, reads },
  });
  const ownRows = answer.rows.filter(({ region }) => region === OWN);
  if (ownRows.length !== 1) throw new Error(`${ownRows.length} rows are of the own region`);
  if (!answer.rows.some(({ region }) => region === PEER)) throw new Error('the peer has no row');
  if (JSON.stringify(answer).length > 200_000)
    throw new Error('the answer is as long as the peer likes');
  if (Object.keys(Object.prototype).length > 0) throw new Error('a prototype was changed');
}

function play(res: ServerResponse, { status, type, headers, bytes, cutAt }: Reply): void {
  res.writeHead(status, { ...(type !== '' && { 'content-type': type }), ...headers });
  if (cutAt === null) {
    res.end(status === 204 ? undefined : bytes);
    return;
  }
  res.write(bytes.subarray(0, cutAt), () => res.destroy());
}

/** Changes one of the places of a value, counted through all its depths. */
function change(
  root: unknown,
  { place, value, how }: { place: number; value: unknown; how: string },
) {
  const places: [Record<string, unknown>, string][] = [];
  const visit = (it: unknown) => {
    if (typeof it !== 'object' || it === null) return;
    const object = it as Record<string, unknown>;
    for (const key of Object.keys(object)) {
      places.push([object, key]);
      visit(object[key]);
    }
  };
  visit(root);
  const [object, key] = places[place % Math.max(1, places.length)] ?? [];
  if (object === undefined || key === undefined) return;
  if (how === 'remove') Reflect.deleteProperty(object, key);
  else if (how === 'replace') object[key] = value;
  else if (how === 'repeat' && Array.isArray(object[key]))
    object[key] = Array.from({ length: 500 }, () => (object[key] as unknown[])[0]);
  else if (Array.isArray(object)) object.push(value);
  else {
    const asParsed = { value, enumerable: true, configurable: true, writable: true };
    Object.defineProperty(object, NAMES[place % NAMES.length] ?? '', asParsed);
  }
}
