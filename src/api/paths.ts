/** Each path that had another name at first. The first name stays for good, and answers the same. */
export const FIRST_NAMES = {
  '/api/health': '/api/rds/health',
  '/api/benchmark': '/api/rds/benchmark',
  '/api/latest': '/api/rds/latest',
  '/api/history': '/api/rds/history',
} as const;

export type RenamedPath = keyof typeof FIRST_NAMES;

/** The present name and the first one. */
export function namesOf(path: RenamedPath): readonly [string, string] {
  return [path, FIRST_NAMES[path]];
}

/**
 * Asks under the present name and, where that is not known (404), under the first one: the backends of a
 * fleet are updated one after another, and an older one knows the first names only.
 *
 * @param ask sends the request to a path.
 */
export async function askUnderBothNames(
  path: RenamedPath,
  ask: (path: string) => Promise<Response>,
): Promise<Response> {
  const answer = await ask(path);
  if (answer.status !== 404) return answer;
  await answer.body?.cancel();
  return ask(FIRST_NAMES[path]);
}
