/**
 * Polls until `condition` returns something other than false or undefined, and returns that.
 *
 * @throws when it has not after `withinMs`, with the last error if there was one.
 */
export async function until<T>(
  condition: () => T | Promise<T>,
  { withinMs = 15_000, everyMs = 25, what = 'the condition' } = {},
): Promise<Exclude<T, false | undefined>> {
  const deadline = Date.now() + withinMs;
  let lastError: unknown;
  while (Date.now() < deadline) {
    try {
      const value = await condition();
      if (value !== false && value !== undefined) return value as Exclude<T, false | undefined>;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  throw new Error(`${what} did not come true within ${withinMs} ms`, { cause: lastError });
}
