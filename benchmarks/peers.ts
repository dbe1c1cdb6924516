import { json, latestOf, startStrangePeer } from '../test/helpers/strange-peer.js';

/**
 * Backends from a process of their own: `node peers.ts <count> <hanging>` starts so many, of which the
 * last `hanging` take requests and never answer, and says their origins as a message.
 */
const [, , count = '', hanging = ''] = process.argv;
const peers = await Promise.all(
  Array.from({ length: Number(count) }, (_, i) =>
    startStrangePeer(
      i < Number(count) - Number(hanging)
        ? (res) => json(latestOf(`r${i}`, 20 + i))(res)
        : () => undefined,
    ),
  ),
);
process.send?.(peers.map(({ origin }) => origin));
process.once('disconnect', () => process.exit(0));
