import type { Segment } from './pcap.js';

/** A request and its answer, as the wire saw them; milliseconds since the epoch. */
export interface WireExchange {
  /** The client's port: which connection. */
  readonly clientPort: number;
  /** The request's bytes, one a character. */
  readonly request: string;
  /** The first packet of the request. */
  readonly sentAtMs: number;
  /** The packet that completes the answer. */
  readonly answeredAtMs: number;
}

/**
 * The last message of every answer: 'Z', its length of 5, and one byte for the transaction's state.
 * https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
const READY_FOR_QUERY = 'Z\0\0\0\x05';
const READY_FOR_QUERY_BYTES = 6;

/** One connection. */
interface Stream {
  readonly next: { client: number | null; server: number | null };
  open: { request: string; sentAtMs: number; answerEnd: string } | null;
}

/**
 * Pairs each request with its answer: from the first byte that the client sends after an answer, to
 * the packet that brings the last byte of ReadyForQuery. By connection and sequence number, so that
 * what is sent twice counts once, and an acknowledgement not at all. In order of the answers.
 */
export function pairExchanges(segments: readonly Segment[], serverPort: number): WireExchange[] {
  const streams = new Map<number, Stream>();
  const exchanges: WireExchange[] = [];
  for (const segment of segments) {
    if (segment.payloadBytes === 0) continue;
    const side = segment.destinationPort === serverPort ? 'client' : 'server';
    const clientPort = side === 'client' ? segment.sourcePort : segment.destinationPort;
    const stream = streams.get(clientPort) ?? { next: { client: null, server: null }, open: null };
    streams.set(clientPort, stream);
    if (!isNew(segment, stream.next[side])) continue;
    stream.next[side] = (segment.sequence + segment.payloadBytes) >>> 0;
    const text = segment.payload.toString('latin1');
    if (side === 'client') {
      stream.open ??= { request: '', sentAtMs: segment.atMs, answerEnd: '' };
      stream.open.request += text;
    } else if (stream.open !== null) {
      const { request, sentAtMs } = stream.open;
      stream.open.answerEnd = (stream.open.answerEnd + text).slice(-READY_FOR_QUERY_BYTES);
      if (!stream.open.answerEnd.startsWith(READY_FOR_QUERY)) continue;
      exchanges.push({ clientPort, request, sentAtMs, answeredAtMs: segment.atMs });
      stream.open = null;
    }
  }
  return exchanges;
}

/** Not a retransmission: sequence numbers compare modulo 2^32. */
function isNew({ sequence }: Segment, expected: number | null): boolean {
  return expected === null || ((sequence - expected) | 0) >= 0;
}

/** How long an exchange took on the wire, in milliseconds. */
export function wireMs({ sentAtMs, answeredAtMs }: WireExchange): number {
  return answeredAtMs - sentAtMs;
}
