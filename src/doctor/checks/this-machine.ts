/** Whether an address is one of the loopback's, or a socket. */
export function isOfThisMachine(address: string | null): boolean {
  return (
    address === null ||
    address.startsWith('/') ||
    address.startsWith('127.') ||
    address === '::1' ||
    address.startsWith('::ffff:127.')
  );
}
