import type { Target } from '../../config/target.js';
import type { ConnectionNote } from './held.js';
import { createLeftovers, type Leftovers } from './leftovers.js';
import { createOrphans, type Orphans } from './orphans.js';
import type { Resolver } from './resolve.js';
import { createSlots, type Slots } from './slots.js';

/** What the hosts of a target share. */
export interface SharedKnowledge {
  /** At no time more connections than these, whichever host they lead to. */
  readonly slots: Slots;
  /** Where the latest session began; `host`: the targetKey of its host. */
  working: (Place & { readonly host: string }) | null;
  /** Sessions that did not begin, and that the server may still hold. */
  readonly hung: Set<Place>;
}

export interface Place {
  readonly address: string;
  readonly port: number;
}

/** What is known of one host of a target. */
export interface Knowledge {
  readonly shared: SharedKnowledge;
  readonly leftovers: Leftovers;
  readonly orphans: Orphans;
  /** A look at the server that is under way. */
  look: Promise<void> | null;
  /** The next one, when it is planned. */
  nextLook: NodeJS.Timeout | null;
  /** The shortest TCP handshake so far. */
  roundTripMs: number | null;
  /** A pooler stands before it, which refuses settings. */
  refusesSettings: boolean;
}

/** A connection that is being opened to one host. */
export interface Opening {
  /** With this host alone. */
  readonly target: Target;
  /** Its session's application_name begins so. */
  readonly program: string;
  readonly knowledge: Knowledge;
  readonly resolver: Resolver;
  readonly interrupted: AbortSignal;
  /** Whether an idle connection tells its path that it lives; absent: yes. */
  readonly keepAlive?: boolean;
  /** As of now. @throws ProbeError when there is none. */
  passwordOf(target: Target): string;
  /** Told of each connection that a server may hold. */
  note(note: ConnectionNote): void;
}

export function createSharedKnowledge(): SharedKnowledge {
  return { slots: createSlots(), working: null, hung: new Set() };
}

export function createKnowledge(target: Target, shared: SharedKnowledge): Knowledge {
  return {
    shared,
    leftovers: createLeftovers(),
    orphans: createOrphans(target),
    look: null,
    nextLook: null,
    roundTripMs: null,
    refusesSettings: false,
  };
}
