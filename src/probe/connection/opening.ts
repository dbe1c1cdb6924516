import type { Target } from '../../config/target.js';
import type { ConnectionNote } from './held.js';
import { createLeftovers, type Leftovers } from './leftovers.js';
import { createOrphans, type Orphans } from './orphans.js';
import type { Resolver } from './resolve.js';
import { createSlots, type Slots } from './slots.js';

/** What is known of a target. */
export interface Knowledge {
  readonly slots: Slots;
  readonly leftovers: Leftovers;
  readonly orphans: Orphans;
  /** A look at the server that is under way. */
  look: Promise<void> | null;
  /** The next one, when it is planned. */
  nextLook: NodeJS.Timeout | null;
  /** The shortest TCP handshake so far. */
  roundTripMs: number | null;
  /** Of the latest session that began. */
  address: string | null;
  /** Sessions that did not begin, and that the server may still hold. */
  readonly hung: Set<{ readonly address: string }>;
  /** A pooler stands before it, which refuses settings. */
  refusesSettings: boolean;
}

/** A connection that is being opened. */
export interface Opening {
  readonly target: Target;
  /** Its session's application_name begins so. */
  readonly program: string;
  readonly knowledge: Knowledge;
  readonly resolver: Resolver;
  readonly interrupted: AbortSignal;
  /** As of now. @throws ProbeError when there is none. */
  passwordOf(target: Target): string;
  /** Told of each connection that a server may hold. */
  note(note: ConnectionNote): void;
}

export function createKnowledge(target: Target): Knowledge {
  return {
    slots: createSlots(),
    leftovers: createLeftovers(),
    orphans: createOrphans(target),
    look: null,
    nextLook: null,
    roundTripMs: null,
    address: null,
    hung: new Set(),
    refusesSettings: false,
  };
}
