import { ProtocolError } from '../results/failure.js';

const SCRAM_WITH_BINDING = 'SCRAM-SHA-256-PLUS';

/** AuthenticationOk, AuthenticationSASL, and its two steps. */
const [OK, SASL, SASL_CONTINUE, SASL_FINAL] = [0, 10, 11, 12];

/**
 * Holds a server to `channel_binding=require`, as libpq does: it must offer SCRAM that is bound to the TLS
 * connection, ask for nothing else, and prove that it knows the password. The body is that of an
 * authentication request, which the driver has not seen yet.
 * https://www.postgresql.org/docs/current/sasl-authentication.html
 */
export function createBindingCheck(): (body: Buffer) => void {
  let isProven = false;
  return (body) => {
    const request = body.readInt32BE(0);
    if (request === SASL_CONTINUE) return;
    if (request === SASL_FINAL) isProven = true;
    else if (request === OK) {
      if (!isProven) throw refusal('it let the client in without a password');
    } else if (request !== SASL) throw refusal('it asks for a password in another way');
    else if (!body.toString('latin1', 4).split('\0').includes(SCRAM_WITH_BINDING)) {
      throw refusal(`it does not offer ${SCRAM_WITH_BINDING}, or there is no TLS`);
    }
  };
}

function refusal(why: string): ProtocolError {
  return new ProtocolError(`channel_binding=require, and the server has none: ${why}`, 'auth');
}
