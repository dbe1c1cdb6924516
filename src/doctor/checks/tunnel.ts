import { plural } from '../../ping/figures.js';
import { readTunnelStatus } from '../../wireguard/status.js';
import { broken, ok, unknown, type Check, type Finding } from './check.js';
import type { FleetSubject } from './fleet-subject.js';

/** As the alert PglatencyTunnelDown has it, in seconds. A peer that sends shakes hands every two minutes. */
const OLD_S = 300;

export const tunnelCheck: Check<FleetSubject> = {
  name: 'tunnel',
  place: 'fleet',
  why: 'without the tunnel nothing of this region reaches the database',
  async run({ config }) {
    const file = config.tunnelStatusFile ?? '';
    const tunnel = await readTunnelStatus(file);
    if (tunnel === null) {
      return [
        unknown(
          `${file} (WIREGUARD_STATUS_FILE) cannot be read, or has not been written for a minute`,
          'look at the log of the entrypoint, which writes it; as root: wg show',
        ),
      ];
    }
    return [judge(tunnel.lastHandshakeS, Date.now() / 1_000)];
  },
};

function judge(lastHandshakeS: number | null, nowS: number): Finding {
  const mend =
    "wg show on both ends: does one send and receive nothing? Then the hub's address and key, and UDP 51820 in firewalls";
  if (lastHandshakeS === null) return broken('the hub has never answered a handshake', mend);
  const ageS = Math.max(0, Math.round(nowS - lastHandshakeS));
  const found = `the hub answered a handshake ${plural(ageS, 'second')} ago`;
  return ageS > OLD_S ? broken(`${found}, the latest`, mend) : ok(found);
}
