import { request, type IncomingHttpHeaders } from 'node:http';
import fc from 'fast-check';
import { requestsOf, type FuzzedRequest, type OpenApi } from './requests.js';

export interface HttpFuzz {
  /** Of a backend that listens. */
  readonly url: string;
  /** What no answer may hold. */
  readonly secrets: readonly string[];
  readonly seed: number;
  readonly requests: number;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const TIMEOUT_MS = 15_000;
/** What any path may say to what is no request of it, whatever the document has. */
const OF_ANY = [400, 404, 405, 408, 413, 414, 417, 421, 431, 503];

/**
 * Sends requests that are made from the backend's own document.
 *
 * @throws with the smallest request that was answered wrongly, and with what repeats it
 */
export async function fuzzHttp({ url, secrets, seed, requests }: HttpFuzz): Promise<void> {
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as OpenApi;
  await fc.assert(
    fc.asyncProperty(requestsOf(document), async (fuzzed) => {
      const answer = await send(url, fuzzed);
      const fault = faultOf(fuzzed, { answer, document, secrets });
      if (fault !== null)
        throw new Error(`${fault}: ${answer.status} ${answer.body.slice(0, 500)}`);
    }),
    { seed, numRuns: requests, endOnFailure: false },
  );
  const alive = await fetch(`${url}/healthz`);
  if (alive.status !== 200) throw new Error(`after all of it /healthz is ${alive.status}`);
}

function faultOf(
  { method, documented, headers }: FuzzedRequest,
  { answer, document, secrets }: { answer: Answer; document: OpenApi; secrets: readonly string[] },
): string | null {
  const { status, body } = answer;
  const all = JSON.stringify(answer.headers) + body;
  if (secrets.some((secret) => all.includes(secret))) return 'a secret is in the answer';
  if (/\n\s+at |node_modules|\.js:\d/.test(body)) return 'a stack trace is in the answer';
  if (status === 500) return 'the backend has a bug';
  const responses = document.paths[documented ?? '']?.[method.toLowerCase()]?.responses;
  // A page and its files are in no document.
  const isOpen = documented === null || responses === undefined;
  if (!isOpen && !(String(status) in responses) && !OF_ANY.includes(status))
    return 'the document does not have this status';
  const isJson = String(answer.headers['content-type']).startsWith('application/json');
  if (status >= 400 && method !== 'HEAD' && isJson && headers['accept-encoding'] === undefined) {
    const { error, status: state } = parse(body);
    if (typeof error !== 'string' && typeof state !== 'string') return 'an error says nothing';
  }
  return null;
}

function parse(body: string): Record<string, unknown> {
  try {
    return JSON.parse(body) as Record<string, unknown>;
  } catch {
    return {};
  }
}

function send(url: string, { method, target, headers, body }: FuzzedRequest): Promise<Answer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const length = body === '' ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const all = { ...headers, ...length };
    const options = { hostname, port, method, path: target, headers: all, agent: false as const };
    const it = request({ ...options, timeout: TIMEOUT_MS }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const { statusCode: status = 0, headers: given } = response;
        resolve({ status, headers: given, body: Buffer.concat(chunks).toString() });
      });
    });
    it.on('timeout', () => it.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
    it.on('error', reject);
    it.end(body);
  });
}
