import type { Target } from '../../config/target.js';
import type { Connection } from '../../probe/connection/connection.js';
import { createLoneTarget } from '../../probe/lone-target.js';
import { askReadOnly } from '../patient/ask-read-only.js';
import { connectable, PROGRAM, type Patient } from '../patient/patient.js';
import { broken, NO_CONNECTION, ok, unanswered, type Check, type Finding } from './check.js';

/** Many full packets, whatever the MTU. */
const BYTES = 16_000;

const SMALL = { text: 'SELECT 1', values: [] };
const LARGE = {
  from: { text: `SELECT pg_catalog.repeat('x', ${BYTES})`, values: [] },
  to: { text: 'SELECT pg_catalog.length($1)', values: ['x'.repeat(BYTES)] },
} as const;
type Direction = keyof typeof LARGE;

export const packetsCheck: Check = {
  name: 'packets',
  place: 'beside',
  why: 'if a tunnel takes smaller packets than both ends expect, small queries pass, and the first large answer hangs until its timeout',
  async run(patient) {
    const opened = await patient.open();
    if ('ok' in opened) return [NO_CONNECTION];
    const lone = createLoneTarget(connectable(patient.target), { program: PROGRAM });
    try {
      const other = await patient.beside(lone.open);
      if (!other.ok) return [unanswered(other)];
      const connection = other.value;
      return [await passBothWays(connection, patient).finally(() => connection.close())];
    } finally {
      lone.close();
    }
  },
};

async function passBothWays(connection: Connection, patient: Patient): Promise<Finding> {
  const small = await patient.beside(() => askReadOnly(connection, SMALL));
  if (!small.ok) return unanswered(small);
  for (const direction of ['from', 'to'] as const) {
    const large = await patient.beside(() => askReadOnly(connection, LARGE[direction]));
    if (large.ok) continue;
    return large.reason === 'timeout' ? blackHole(direction, patient.target) : unanswered(large);
  }
  return ok(`${BYTES / 1_000} kB pass both ways, in full packets`);
}

function blackHole(direction: Direction, { host }: Target): Finding {
  const what =
    direction === 'from' ? 'a large answer does not arrive' : 'a large question is not answered';
  return broken(
    `small questions pass, and ${what}: ${BYTES / 1_000} kB hang (an MTU black hole)`,
    `ip link set dev wg0 mtu 1280 on both ends of the tunnel, and MTU = 1280 in its configuration; or on the router: iptables -t mangle -A FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu; tracepath ${host} shows where`,
  );
}
