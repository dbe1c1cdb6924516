import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { SICKNESSES } from '../../../test/helpers/sick-bytes.js';
import { startSickServer } from '../../../test/helpers/sick-server.js';
import type { Tls } from '../../config/target.js';
import { encrypt } from './encrypt.js';

const REQUIRE: Tls = {
  mode: 'require',
  negotiation: 'postgres',
  ca: null,
  caOrigin: null,
  servername: null,
  clientCertificate: null,
};

test('a server that never ends its TLS handshake keeps the thread busy until the deadline', async () => {
  const server = await startSickServer({
    stage: 'tls',
    sicken: SICKNESSES.tls.flood as (typeof SICKNESSES.tls)[string],
    upstream: { host: '127.0.0.1', port: 1 },
  });
  const socket = connect(server.port, '127.0.0.1');
  const { signal } = new AbortController();
  await expect(encrypt(socket, '127.0.0.1', REQUIRE, signal)).rejects.toThrow('more than 1 MiB');
  await server.close();
});
