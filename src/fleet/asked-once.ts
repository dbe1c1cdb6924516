interface Kept<T> {
  readonly answer: Promise<T>;
  /** null: it is being asked. */
  endedAt: number | null;
}

/**
 * Asks each question once at a time, and keeps what came of it, an error too, for `keepMs`: callers that ask
 * meanwhile share it. At most `max` are kept.
 */
export function askedOnce<K, T>(
  { keepMs, max }: { readonly keepMs: number; readonly max: number },
  ask: (question: K) => Promise<T>,
): (question: K) => Promise<T> {
  const all = new Map<string, Kept<T>>();
  const isFresh = ({ endedAt }: Kept<T>) =>
    endedAt === null || performance.now() - endedAt < keepMs;

  const start = (key: string, question: K): Promise<T> => {
    const it: Kept<T> = { answer: ask(question), endedAt: null };
    const end = () => {
      it.endedAt = performance.now();
      // Large answers do not stay in memory.
      setTimeout(() => {
        if (all.get(key) === it) all.delete(key);
      }, keepMs).unref();
    };
    it.answer.then(end, end);
    all.delete(key);
    all.set(key, it);
    for (const [oldest, { endedAt }] of all) {
      if (all.size <= max) break;
      if (endedAt !== null) all.delete(oldest);
    }
    return it.answer;
  };
  return (question) => {
    const key = JSON.stringify(question);
    const it = all.get(key);
    return it !== undefined && isFresh(it) ? it.answer : start(key, question);
  };
}
