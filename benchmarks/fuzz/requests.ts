import fc from 'fast-check';

/** A request as it goes over the wire. */
export interface FuzzedRequest {
  readonly method: string;
  /** The path of the document that it was made from; null: of none. */
  readonly documented: string | null;
  /** As it is sent: path and query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly schema: { readonly type?: string; readonly enum?: readonly unknown[] };
}

export interface OpenApi {
  readonly paths: Readonly<
    Record<
      string,
      Readonly<
        Record<
          string,
          {
            readonly parameters: readonly Parameter[];
            readonly responses: Readonly<Record<string, unknown>>;
          }
        >
      >
    >
  >;
}

const METHODS = ['GET', 'GET', 'GET', 'POST', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PROPFIND'];
/** Bytes that a header or a path may hold in no case are not sent: node:http refuses to. */
const text = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.constantFrom(
    '',
    '0',
    '-1',
    '1e9',
    '%00',
    '../../etc/passwd',
    "' OR 1=1 --",
    '__proto__',
    'ü🦊',
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom(...[100, 1_000, 5_000].map((length) => 'x'.repeat(length))),
);
const encoded = text.map((it) => encodeURIComponent(it.replace(/\p{Surrogate}/gu, '?')));
const headerText = text.map((it) => it.replace(/[^\x20-\x7e]/g, '?').slice(0, 2_000));

const HEADERS = {
  host: fc.constantFrom(
    'localhost',
    '127.0.0.1',
    'evil.example',
    'a.internal',
    '[::1]:80',
    '',
    ' ',
    'a b',
  ),
  authorization: fc.constantFrom('Bearer wrong', 'Bearer ', 'Basic YTpi', 'Bearer \tx'),
  origin: fc.constantFrom('http://evil.example', 'null', 'http://localhost', 'x'),
  'sec-fetch-site': fc.constantFrom('cross-site', 'same-origin', 'none', 'x'),
  accept: fc.constantFrom('application/json', 'text/event-stream', '*/*', 'x/y;q=2', ''),
  'accept-encoding': fc.constantFrom('gzip', 'gzip;q=0', 'br', 'identity', 'gzip, x;q=2'),
  'if-none-match': headerText,
  'x-forwarded-for': headerText,
  'x-forwarded-host': headerText,
  'user-agent': headerText,
  cookie: headerText,
  range: fc.constantFrom('bytes=0-1', 'bytes=-', 'x'),
  purpose: fc.constantFrom('prefetch'),
  expect: fc.constantFrom('100-continue', 'x'),
  'content-type': fc.constantFrom('application/json', 'text/xml', ';;;'),
} as const;

/** What to put for a declared parameter: mostly what it allows, for only that goes deep. */
function valueOf({ schema }: Parameter): fc.Arbitrary<string> {
  const allowed =
    schema.enum !== undefined
      ? fc.constantFrom(...schema.enum.map(String))
      : schema.type === 'integer'
        ? fc.integer({ min: 0, max: 3 }).map(String)
        : fc.constantFrom('primary', 'lhr', 'local', 'all');
  return fc.oneof({ arbitrary: allowed.map(encodeURIComponent), weight: 3 }, encoded);
}

/** Requests of the document's paths, and some of none. */
export function requestsOf(document: OpenApi): fc.Arbitrary<FuzzedRequest> {
  const known = Object.entries(document.paths).map(([path, methods]) => {
    const parameters = methods['get']?.parameters ?? [];
    const inPath = parameters.filter((it) => it.in === 'path');
    const inQuery = parameters.filter((it) => it.in === 'query');
    const filled = fc
      .tuple(...inPath.map(valueOf))
      .map((values) =>
        inPath.reduce((all, { name }, i) => all.replace(`{${name}}`, values[i] || 'x'), path),
      );
    const declared = fc.tuple(
      ...inQuery.map((it) => fc.option(valueOf(it).map((value) => `${it.name}=${value}`))),
    );
    const undeclared = fc.array(
      fc.tuple(encoded, encoded).map(([name, value]) => `${name}=${value}`),
      { maxLength: 2 },
    );
    return fc
      .tuple(filled, declared, fc.oneof({ arbitrary: fc.constant([]), weight: 3 }, undeclared))
      .map(([front, some, others]) => {
        const query = [...some.filter((it) => it !== null), ...others].join('&');
        return { documented: path, target: query === '' ? front : `${front}?${query}` };
      });
  });
  const unknown = fc
    .array(encoded, { maxLength: 4 })
    .map((parts) => ({ documented: null, target: `/${parts.join('/')}` }));
  return fc
    .record({
      method: fc.constantFrom(...METHODS),
      where: fc.oneof({ arbitrary: fc.oneof(...known), weight: 9 }, unknown),
      headers: fc.record(HEADERS, { requiredKeys: [] }),
      body: fc.oneof({ arbitrary: fc.constant(''), weight: 4 }, text),
    })
    .map(({ where, headers, ...rest }) => ({ ...rest, ...where, headers }));
}
