import { setTimeout as delay } from 'node:timers/promises';

/** Waits for all of those that there are, or for `patienceMs`, whichever is first. They must not reject. */
export async function settledWithin(
  flights: readonly (Promise<void> | null)[],
  patienceMs: number,
): Promise<void> {
  if (flights.every((flight) => flight === null)) return;
  const enough = new AbortController();
  const patience = delay(Math.max(0, patienceMs), undefined, { signal: enough.signal }).catch(
    () => undefined,
  );
  await Promise.race([Promise.all(flights.filter((it) => it !== null)), patience]);
  enough.abort();
}
