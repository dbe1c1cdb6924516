import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseTunnelStatus, readTunnelStatus } from './status.js';

const TEXT = 'latest_handshake 1700000000\nreceive_bytes 300\ntransmit_bytes 200\n';

describe('parseTunnelStatus', () => {
  it('reads what the entrypoint writes', () => {
    const tunnel = { lastHandshakeS: 1_700_000_000, receiveBytes: 300, transmitBytes: 200 };
    expect(parseTunnelStatus(TEXT)).toEqual(tunnel);
  });

  it('knows "never" from a time', () => {
    const text = TEXT.replace('1700000000', '0');
    expect(parseTunnelStatus(text)?.lastHandshakeS).toBeNull();
  });

  it.each(['', 'receive_bytes 1\n', TEXT.replace('300', '-3'), TEXT.replace('300', 'many')])(
    'makes nothing of %j',
    (text) => expect(parseTunnelStatus(text)).toBeNull(),
  );
});

describe('readTunnelStatus', () => {
  let folder = '';
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'pglatency-status-'))));
  afterEach(() => rm(folder, { recursive: true }));

  it('reads a fresh file, and believes no stale one', async () => {
    const file = join(folder, 'wireguard');
    await writeFile(file, TEXT);
    await utimes(file, 1_000, 1_000);
    expect(await readTunnelStatus(file, 1_030_000)).toMatchObject({ receiveBytes: 300 });
    expect(await readTunnelStatus(file, 1_061_000)).toBeNull();
  });

  it('knows nothing without a file', async () => {
    expect(await readTunnelStatus(join(folder, 'none'))).toBeNull();
  });
});
