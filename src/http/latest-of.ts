const MS_PER_SECOND = 1_000;

/** So often a second an answer is made anew; as many may be made at once. */
const PER_SECOND = 10;
/** Answers to different questions that are kept. */
const MAX_KEPT = 64;

interface Kept<T> {
  value: T;
  /** How many may be made now. */
  room: number;
  filledAt: number;
  /** What `changes` said when it was made. */
  changes: number;
}

/**
 * Makes a new answer for each caller, but at most ten a second; beyond that callers get the latest one again.
 * So an answer that takes milliseconds to make takes no more than a few percent of a processor.
 *
 * @param changes rises when a run has ended or the configuration was read again: no answer from before such a
 * change is given after it.
 */
export function latestOf<T, A extends readonly (string | undefined)[]>(
  make: (...question: A) => T,
  changes: () => number,
): (...question: A) => T {
  const kept = new Map<string, Kept<T>>();
  return (...question) => {
    const now = performance.now();
    const key = JSON.stringify(question);
    const it = kept.get(key);
    if (it !== undefined) {
      it.room = Math.min(PER_SECOND, it.room + ((now - it.filledAt) / MS_PER_SECOND) * PER_SECOND);
      it.filledAt = now;
      if (it.room < 1 && it.changes === changes()) return it.value;
      it.room = Math.max(0, it.room - 1);
      it.changes = changes();
      it.value = make(...question);
      return it.value;
    }
    const value = make(...question);
    const [oldest] = kept.keys();
    if (kept.size >= MAX_KEPT && oldest !== undefined) kept.delete(oldest);
    kept.set(key, { value, room: PER_SECOND - 1, filledAt: now, changes: changes() });
    return value;
  };
}
