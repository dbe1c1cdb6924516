import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import type { Target } from '../../config/target.js';
import { requestCancel } from './cancel.js';

test('a server that floods the cancel request is read at full speed until the deadline', async () => {
  const server = createServer((socket) => {
    const chunk = Buffer.alloc(65_536);
    const pour = () => {
      while (!socket.destroyed && socket.write(chunk));
    };
    socket.on('error', () => undefined).on('drain', pour);
    pour();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const target = { host: '127.0.0.1', port, tls: { mode: 'disable' } } as Target;
  const timeoutMs = 60_000;
  const key = Buffer.alloc(8);
  expect(await requestCancel({ target, address: '127.0.0.1', key, timeoutMs })).toBe(false);
  server.close();
  await once(server, 'close');
});
