import { readFile, stat } from 'node:fs/promises';
import type { Tunnel } from '../metrics/tunnel.js';

/** A file older than this is no longer written: what it says is not known any more. */
const MAX_AGE_MS = 60_000;

/**
 * Reads what the entrypoint writes every few seconds (`wg show` needs privileges that a backend does
 * not have).
 *
 * @returns null if the file is missing, stale or not understood: absent, never zero.
 */
export async function readTunnelStatus(
  file: string,
  now: number = Date.now(),
): Promise<Tunnel | null> {
  try {
    const [{ mtimeMs }, text] = await Promise.all([stat(file), readFile(file, 'utf8')]);
    return now - mtimeMs > MAX_AGE_MS ? null : parseTunnelStatus(text);
  } catch {
    return null;
  }
}

/** Lines of a name and a number; null if one of the three is missing. */
export function parseTunnelStatus(text: string): Tunnel | null {
  const value = (name: string): number | null => {
    const digits = new RegExp(`^${name} (\\d{1,16})$`, 'm').exec(text)?.[1];
    return digits === undefined ? null : Number(digits);
  };
  const lastHandshakeS = value('latest_handshake');
  const [receiveBytes, transmitBytes] = [value('receive_bytes'), value('transmit_bytes')];
  if (lastHandshakeS === null || receiveBytes === null || transmitBytes === null) return null;
  return {
    // `wg` says 0 for never.
    lastHandshakeS: lastHandshakeS === 0 ? null : lastHandshakeS,
    receiveBytes,
    transmitBytes,
  };
}
