import { BlockList } from 'node:net';

/** What no Machine of a private network has: a name server that says one of these lies. */
const NEVER = new BlockList();
NEVER.addAddress('::', 'ipv6');
NEVER.addSubnet('fe80::', 10, 'ipv6'); // Link-local.
NEVER.addSubnet('ff00::', 8, 'ipv6'); // Multicast.
// Of IPv4, which is written as ::ffff:a.b.c.d: this host, link-local with the metadata services, multicast.
NEVER.addSubnet('0.0.0.0', 8, 'ipv4');
NEVER.addSubnet('169.254.0.0', 16, 'ipv4');
NEVER.addSubnet('224.0.0.0', 3, 'ipv4');

const LOOPBACK = new BlockList();
LOOPBACK.addAddress('::1', 'ipv6');
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');

/**
 * Whether an IPv6 address of the DNS may be a peer's. Loopback only where the name server was named by
 * hand: otherwise a name server could lead this backend to whatever else listens on its machine.
 */
export function mayBePeer(address: string, { loopback }: { loopback: boolean }): boolean {
  if (NEVER.check(address, 'ipv6')) return false;
  return loopback || !LOOPBACK.check(address, 'ipv6');
}
