/**
 * Bytes that wait for the rest of their message. Its room doubles when it is full: bytes that drip are not
 * copied again with each one that comes, and leave no garbage behind.
 */
export interface Backlog {
  /** What waits, and the chunk behind it; not to be changed. */
  with(chunk: Buffer): Buffer;
  /** Of what `with` returned, everything from `at` on goes on waiting. */
  keepFrom(at: number): void;
}

export function createBacklog(): Backlog {
  let room: Buffer = Buffer.alloc(0);
  let all = room;

  const append = (chunk: Buffer) => {
    const length = all.length + chunk.length;
    if (length > room.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(length, 2 * room.length));
      all.copy(larger);
      room = larger;
    }
    chunk.copy(room, all.length);
    return room.subarray(0, length);
  };

  return {
    with(chunk) {
      all = all.length === 0 ? chunk : append(chunk);
      return all;
    },
    keepFrom(at) {
      if (at === 0 && all.buffer === room.buffer) return;
      // A copy: the caller may keep the bytes before it, and a small rest would keep the whole chunk in memory.
      room = Buffer.allocUnsafeSlow(all.length - at);
      all.copy(room, 0, at);
      all = room;
    },
  };
}
