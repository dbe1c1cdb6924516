import type { Target } from '../../config/target.js';
import { milliseconds } from '../../ping/figures.js';
import type { Connection } from '../../probe/connection/connection.js';
import { dial } from '../../probe/connection/dial.js';
import { createResolver } from '../../probe/connection/resolve.js';
import type { Failure } from '../../probe/results/result.js';
import { broken, ok, type Check, type Finding } from './check.js';
import { mendOf, REASON_TEXTS } from './reason-texts.js';
import type { Patient } from '../patient/patient.js';

export const connectionCheck: Check = {
  name: 'connection',
  place: 'session',
  why: 'without a session nothing else works, and applications do not start',
  async run(patient) {
    const opened = await patient.open();
    return ['ok' in opened ? await describeFailure(opened, patient) : describe(opened)];
  },
};

function describe({ facts, connectMs, target }: Connection): Finding {
  const { phases, address } = facts;
  const parts = Object.entries({
    dns: phases.dnsMs,
    tcp: phases.tcpMs,
    tls: phases.tlsMs,
    startup: phases.startupMs,
  }).flatMap(([name, ms]) => (ms === null ? [] : [`${name} ${milliseconds(ms)}`]));
  const place = address ?? target.host;
  return ok(`a session with ${place} in ${milliseconds(connectMs)} (${parts.join(', ')})`);
}

async function describeFailure(failure: Failure, { target, beside }: Patient): Promise<Finding> {
  const { reason, message } = failure;
  const { why } = REASON_TEXTS[reason];
  const found = `${reason}: ${message}`;
  if (reason !== 'timeout') return broken(found, mendOf(reason, target.host, target.port), why);
  const reached = await beside((interrupted) => reach(target, interrupted));
  return reached.ok
    ? broken(
        `${found}; the TCP handshake works, but nothing after it is answered`,
        'look whether the server hangs (its log, its processor, its disk); if it does not, lower the MTU: ip link set dev wg0 mtu 1280',
        'the server hangs, or large packets are lost on the way (an MTU black hole)',
      )
    : broken(found, mendOf(reason, target.host, target.port), why);
}

/** Whether there is a TCP handshake with the first address. */
async function reach({ host, port }: Target, interrupted: AbortSignal): Promise<void> {
  const resolver = createResolver();
  try {
    const { addresses } = await resolver.resolve(host, interrupted);
    const { socket } = await dial(addresses[0] ?? host, port, interrupted);
    socket.destroy();
  } finally {
    resolver.close();
  }
}
