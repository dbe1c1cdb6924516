import { hostsOf, type Target } from '../../config/target.js';
import type { Trigger } from '../results/result.js';
import type { Slot } from './slots.js';

/**
 * A connection that a server may still hold, with all that is needed to end it. The main thread keeps it, so
 * that the next thread can end what a crash has cut off. Plain data: it crosses threads.
 */
export interface HeldConnection {
  readonly id: string;
  /** The host that it leads to, as targetKey says. */
  readonly target: string;
  readonly kind: Trigger;
  readonly address: string;
  /** The session's application_name. */
  readonly name: string;
  readonly isPooler: boolean;
  /** In milliseconds of monotonicMs(). */
  readonly openedAt: number;
  /** The body of BackendKeyData in hexadecimal: process id and secret. */
  readonly cancelKey: string;
}

/** The probe's thread says what it holds, and what it holds no longer. */
export type ConnectionNote =
  | { readonly type: 'held'; readonly connection: HeldConnection }
  | { readonly type: 'released'; readonly id: string };

/**
 * What is known of a server is known of it under this name; a reload that changes it means another. Of a target
 * with several hosts each has its own.
 */
export function targetKey({ name, host, port, user, database }: Target): string {
  return JSON.stringify([name, host, port, user, database]);
}

/** The target that has a host of this name. */
export function targetOfKey(
  targets: readonly Target[],
  key: string,
): { readonly target: Target; readonly host: Target } | null {
  for (const target of targets) {
    const host = hostsOf(target).find((candidate) => targetKey(candidate) === key);
    if (host !== undefined) return { target, host };
  }
  return null;
}

/** A clock that all threads of this machine share and that nobody sets. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** A slot whose release is noted. */
export function noted(slot: Slot, id: string, note: (note: ConnectionNote) => void): Slot {
  return {
    ...slot,
    release() {
      slot.release();
      note({ type: 'released', id });
    },
    forget() {
      const isForgotten = slot.forget();
      if (isForgotten) note({ type: 'released', id });
      return isForgotten;
    },
  };
}
