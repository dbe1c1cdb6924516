/** Whether the promise is fulfilled within `withinMs` milliseconds; false when it is rejected. */
export async function isFulfilledWithin(
  withinMs: number,
  promise: Promise<unknown>,
): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), withinMs);
  });
  const fulfilled = promise.then(
    () => true,
    () => false,
  );
  return Promise.race([fulfilled, patience]).finally(() => clearTimeout(timer));
}
