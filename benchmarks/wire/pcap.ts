/** A TCP segment of a capture. */
export interface Segment {
  /** The kernel's time stamp: milliseconds since the epoch, to a microsecond. */
  readonly atMs: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** Of the first byte of the payload, modulo 2^32. */
  readonly sequence: number;
  /** As much as was captured. */
  readonly payload: Buffer;
  /** As long as it was on the wire. */
  readonly payloadBytes: number;
}

/** Magic number → nanoseconds in a unit of the second half of a time stamp. */
const TICK_NS: Readonly<Record<number, number>> = { 0xa1b2c3d4: 1_000, 0xa1b23c4d: 1 };
const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
/** https://www.tcpdump.org/linktypes.html: also what Linux gives for its loopback. */
const LINKTYPE_ETHERNET = 1;
const ETHERNET_HEADER_BYTES = 14;
const ETHERTYPE_IPV4 = 0x0800;

/**
 * The TCP segments over IPv4 of a capture in the classic format
 * (https://datatracker.ietf.org/doc/html/draft-ietf-opsawg-pcap), as a little-endian machine writes it.
 * A last record that is not complete yet is left out.
 *
 * @throws Error when it is another format, or not of an Ethernet or a loopback interface.
 */
export function readPcap(file: Buffer): Segment[] {
  if (file.length < FILE_HEADER_BYTES) return [];
  const tickNs = TICK_NS[file.readUInt32LE(0)];
  if (tickNs === undefined) throw new Error('not a capture in the classic pcap format');
  if (file.readUInt32LE(20) !== LINKTYPE_ETHERNET) throw new Error('not an Ethernet capture');
  const segments: Segment[] = [];
  for (let at = FILE_HEADER_BYTES; at + RECORD_HEADER_BYTES <= file.length;) {
    const atMs = file.readUInt32LE(at) * 1_000 + (file.readUInt32LE(at + 4) * tickNs) / 1e6;
    const start = at + RECORD_HEADER_BYTES;
    at = start + file.readUInt32LE(at + 8);
    if (at > file.length) break;
    const segment = readFrame(file.subarray(start, at), atMs);
    if (segment !== null) segments.push(segment);
  }
  return segments;
}

function readFrame(frame: Buffer, atMs: number): Segment | null {
  if (frame.readUInt16BE(12) !== ETHERTYPE_IPV4) return null;
  const ip = frame.subarray(ETHERNET_HEADER_BYTES);
  const ipHeaderBytes = (ip.readUInt8(0) & 0x0f) * 4;
  const tcp = ip.subarray(ipHeaderBytes);
  const tcpHeaderBytes = (tcp.readUInt8(12) >> 4) * 4;
  return {
    atMs,
    sourcePort: tcp.readUInt16BE(0),
    destinationPort: tcp.readUInt16BE(2),
    sequence: tcp.readUInt32BE(4),
    payload: tcp.subarray(tcpHeaderBytes),
    payloadBytes: ip.readUInt16BE(2) - ipHeaderBytes - tcpHeaderBytes,
  };
}
