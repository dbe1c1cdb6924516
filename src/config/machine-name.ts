/** As long as a label of the DNS may be. */
const MAX_CHARACTERS = 63;

/**
 * What tells this machine from the others of its region: the platform's id of it, or the host's name, whole.
 * With only eight characters of it, `ip-10-0-1-5` and `ip-10-0-2-7` would be one machine.
 */
export function machineName(
  ids: { readonly FLY_MACHINE_ID?: string | undefined; readonly FLY_ALLOC_ID?: string | undefined },
  hostname: string,
): string {
  return (ids.FLY_MACHINE_ID ?? ids.FLY_ALLOC_ID ?? hostname).slice(0, MAX_CHARACTERS);
}
