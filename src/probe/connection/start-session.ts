import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { Failure } from '../results/result.js';
import { createClient, toConnection, type Connection } from './connection.js';
import { monotonicMs, noted, targetKey } from './held.js';
import { letGo, type Abandoned, type Unanswered } from './let-go.js';
import type { Path } from './open-path.js';
import type { Knowledge, Opening, Place, SharedKnowledge } from './opening.js';
import { orInterrupted } from './or-interrupted.js';
import { sessionName } from './session-name.js';
import type { Slot } from './slots.js';
import { createWire, unreadable, type Wire } from './wire.js';

/** How the address was found. */
interface Found {
  /** null: nothing was looked up. */
  readonly dnsMs: number | null;
  /** Of the addresses before it. */
  readonly failedAttempts: readonly Failure[];
}

/**
 * From the startup packet to ReadyForQuery. The slot is the connection's from here on.
 *
 * @throws what failed, or the signal's reason.
 */
export async function startSession(
  path: Path & Found,
  slot: Slot,
  opening: Opening,
  look: () => Promise<void>,
): Promise<Connection> {
  const { target, program, knowledge, interrupted } = opening;
  const { address } = path;
  const isPooler = target.pooler || knowledge.refusesSettings;
  const openedAt = monotonicMs();
  const startedAt = performance.now();
  const wire = createWire(path.socket, target);
  const client = createClient(target, program, wire, {
    withSettings: !isPooler,
    password: () => opening.passwordOf(target),
  });
  const session = () => {
    const facts = { address, isPooler, openedAt, name: sessionName(program, target) };
    const { leftovers } = knowledge;
    return { ...facts, target, wire, slot: announce(slot, wire, facts, opening), leftovers, look };
  };
  try {
    await orInterrupted(client.connect(), interrupted);
  } catch (error) {
    void endUnopened(session(), knowledge);
    // What the driver stumbles over has come from the server.
    throw wire.failure() ?? (error instanceof TypeError ? unreadable(error) : error);
  }
  const startupMs = wire.answeredAt() - startedAt - wire.waitedMs();
  const facts = {
    phases: { dnsMs: path.dnsMs, tcpMs: path.tcpMs, tlsMs: path.tlsMs, startupMs },
    address,
    tlsVersion: path.version,
    certificateNotAfterMs: path.certificateNotAfterMs,
  };
  return toConnection({ ...session(), client, facts, failedAttempts: path.failedAttempts });
}

/** Without a key the server has not begun the session: it sees that a client has gone. */
function announce(
  slot: Slot,
  wire: Wire,
  facts: Pick<Abandoned, 'address' | 'isPooler' | 'openedAt' | 'name'>,
  { target, note }: Opening,
): Slot {
  const cancelKey = wire.guard.cancelKey()?.toString('hex');
  if (cancelKey === undefined) return slot;
  const id = randomUUID();
  const connection = { ...facts, id, target: targetKey(target), kind: slot.kind, cancelKey };
  note({ type: 'held', connection });
  return noted(slot, id, note);
}

/**
 * A session that did not begin. While the server authenticates, it sees that its client has gone. Later it
 * may be held up where it does not, so the slot stays taken until it lets go. One that has said nothing
 * may never have had the startup packet: its slot is taken for one more deadline.
 */
async function endUnopened(
  unanswered: Omit<Unanswered, 'close'>,
  { shared }: Knowledge,
): Promise<void> {
  const { wire, target, address } = unanswered;
  const { hung } = shared;
  const slot = hungSlot(unanswered.slot, { address, port: target.port }, hung);
  const close = () => {
    wire.destroy();
    slot.release();
    return Promise.resolve();
  };
  const stage = wire.guard.stage();
  if (stage === 'authenticated' && wire.isOpen()) return letGo({ ...unanswered, slot, close });
  if (stage !== 'silent' || wire.isEndedByServer()) return close();
  wire.destroy();
  slot.markStuck();
  setTimeout(slot.release, target.operationTimeoutMs).unref();
}

/** Knows its address as one that hangs, for as long as it is stuck. */
function hungSlot(slot: Slot, session: Place, hung: SharedKnowledge['hung']): Slot {
  return {
    ...slot,
    markStuck() {
      slot.markStuck();
      hung.add(session);
    },
    release() {
      slot.release();
      hung.delete(session);
    },
    forget() {
      const isForgotten = slot.forget();
      if (isForgotten) hung.delete(session);
      return isForgotten;
    },
  };
}
