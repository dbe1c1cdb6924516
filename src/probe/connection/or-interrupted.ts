/** Waits for `work`. Rejects with the signal's reason when that comes first, and lets `work` go on alone. */
export function orInterrupted<T>(work: Promise<T>, interrupted: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(interrupted.reason as Error);
    interrupted.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => interrupted.removeEventListener('abort', onAbort));
  });
}
