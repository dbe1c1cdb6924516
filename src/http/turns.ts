/** Requests that are handled in one turn of the event loop, and for how long: the first of the two that is reached. */
const REQUESTS_PER_TURN = 8;
const MS_PER_TURN = 5;

/**
 * Handles few requests in each turn of the event loop, in the order in which they came; the others wait for
 * the next turn. Node.js would handle all that have come before it looks at its timers again, and a
 * scheduled run would begin late by as much.
 */
export function createTurns(): (work: () => void) => void {
  const waiting: (() => void)[] = [];
  let handled = 0;
  let usedMs = 0;
  let isTurnCounted = false;

  const hasRoom = () => handled < REQUESTS_PER_TURN && usedMs < MS_PER_TURN;
  const handle = (work: () => void) => {
    const startedAt = performance.now();
    handled += 1;
    work();
    usedMs += performance.now() - startedAt;
  };
  const countTurn = () => {
    if (!isTurnCounted) setImmediate(nextTurn);
    isTurnCounted = true;
  };
  const nextTurn = () => {
    isTurnCounted = false;
    handled = 0;
    usedMs = 0;
    if (waiting.length > 0) countTurn();
    while (hasRoom()) {
      const work = waiting.shift();
      if (work === undefined) return;
      handle(work);
    }
  };
  return (work) => {
    countTurn();
    if (waiting.length === 0 && hasRoom()) handle(work);
    else waiting.push(work);
  };
}
