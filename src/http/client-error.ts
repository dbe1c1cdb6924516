import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ErrorAnswer } from '../api/answers.js';

/** What Node.js answers when there is no listener: https://nodejs.org/api/http.html#event-clienterror */
const STATUS_OF_CODE: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** Answers what is no HTTP, or too large, in the one shape of errors; it comes before any route. */
export function clientErrorHandler(region: string) {
  return (error: Error & { code?: string; rawPacket?: Buffer }, socket: Duplex): void => {
    if (!socket.writable || error.code === 'ECONNRESET') {
      socket.destroy();
      return;
    }
    const status = STATUS_OF_CODE[error.code ?? ''] ?? 400;
    // To HEAD there is no body: its caller would take one for another answer.
    const isHead = error.rawPacket?.subarray(0, 5).toString() === 'HEAD ';
    socket.end(rawAnswer({ status, region, isHead }));
  };
}

/** An answer in the one shape of errors, for a socket without a request; the connection ends with it. */
export function rawAnswer({
  status,
  region,
  error = STATUS_CODES[status] ?? 'Bad Request',
  retryAfterS,
  isHead = false,
}: {
  status: number;
  region: string;
  error?: string;
  retryAfterS?: number;
  isHead?: boolean;
}): string {
  const body = JSON.stringify({ error, region } satisfies ErrorAnswer);
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Bad Request'}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Region: ${region}`,
    `X-Fly-Region: ${region}`,
    ...(retryAfterS === undefined ? [] : [`Retry-After: ${retryAfterS}`]),
    'Connection: close',
    '',
    isHead ? '' : body,
  ].join('\r\n');
}
