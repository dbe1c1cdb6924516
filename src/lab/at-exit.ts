const cleanups = new Set<() => void>();

/**
 * Registers what must not outlive this process, for an end that nobody planned: an uncaught error, or
 * process.exit. Synchronous. Returns how to take it back. One listener for all, because Node warns of
 * more than ten.
 */
export function atExit(cleanup: () => void): () => void {
  if (cleanups.size === 0) process.on('exit', runAll);
  cleanups.add(cleanup);
  return () => {
    cleanups.delete(cleanup);
    if (cleanups.size === 0) process.off('exit', runAll);
  };
}

function runAll(): void {
  for (const cleanup of cleanups) cleanup();
}
