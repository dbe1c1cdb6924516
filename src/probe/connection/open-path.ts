import { dial, type Dialled } from './dial.js';
import { encrypt, TlsHandshakeError, type Encrypted } from './encrypt.js';
import type { Opening } from './opening.js';
import type { Patience } from './patience.js';

/** A way to the server on which its protocol can begin. */
export type Path = Dialled & Encrypted;

/** Dials one address and encrypts. @throws what failed, or the reason of the patience's signal. */
export async function openPath(
  address: string,
  { target, knowledge, keepAlive = true }: Opening,
  patience: Patience,
): Promise<Path> {
  const { host, port, tls } = target;
  const reach = async () => {
    const dialled = await dial(address, port, patience.signal, { keepAlive });
    patience.answered(dialled.tcpMs);
    knowledge.roundTripMs = Math.min(knowledge.roundTripMs ?? Infinity, dialled.tcpMs);
    return dialled;
  };
  const first = await reach();
  try {
    return { ...first, ...(await encrypt(first.socket, host, tls, patience.signal)) };
  } catch (error) {
    // As libpq does: a server whose TLS does not come about is asked again without.
    if (tls.mode !== 'prefer' || !(error instanceof TlsHandshakeError)) throw error;
    const second = await reach();
    const plain = { ...tls, mode: 'disable' } as const;
    return { ...second, ...(await encrypt(second.socket, host, plain, patience.signal)) };
  }
}
