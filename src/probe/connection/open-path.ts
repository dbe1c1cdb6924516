import { dial, type Dialled } from './dial.js';
import { encrypt, TlsHandshakeError, type Encrypted } from './encrypt.js';
import type { Opening } from './opening.js';
import type { Resolved } from './resolve.js';

/** A way to the server on which its protocol can begin. */
export interface Path extends Dialled, Encrypted {
  readonly dnsMs: number | null;
}

/** Resolves, dials and encrypts. @throws what failed, or the signal's reason. */
export async function openPath(opening: Opening): Promise<Path> {
  const { target, resolver, interrupted } = opening;
  const resolved = await resolver.resolve(target.host, interrupted);
  const first = await dialAny(resolved, opening);
  try {
    return toPath(
      resolved,
      first,
      await encrypt(first.socket, target.host, target.tls, interrupted),
    );
  } catch (error) {
    // As libpq does: a server whose TLS does not come about is asked again without.
    if (target.tls.mode !== 'prefer' || !(error instanceof TlsHandshakeError)) throw error;
    const second = await dialAny(resolved, opening);
    const plain = { ...target.tls, mode: 'disable' } as const;
    return toPath(resolved, second, await encrypt(second.socket, target.host, plain, interrupted));
  }
}

function toPath(resolved: Resolved, dialled: Dialled, encrypted: Encrypted): Path {
  return { ...dialled, ...encrypted, dnsMs: resolved.durationMs };
}

async function dialAny({ addresses }: Resolved, opening: Opening): Promise<Dialled> {
  const { target, knowledge, interrupted } = opening;
  const dialled = await dial({
    addresses,
    port: target.port,
    timeoutMs: target.operationTimeoutMs,
    knownRoundTripMs: knowledge.roundTripMs,
    interrupted,
  });
  knowledge.roundTripMs = Math.min(knowledge.roundTripMs ?? Infinity, dialled.tcpMs);
  return dialled;
}
