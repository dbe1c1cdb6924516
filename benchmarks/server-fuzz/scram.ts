import { createHmac, pbkdf2Sync } from 'node:crypto';
import { HEADER_BYTES, message } from './messages.js';

const CONTINUE = Buffer.from([0, 0, 0, 11]);
const FINAL = Buffer.from([0, 0, 0, 12]);
const SERVER_KEY = 'Server Key';

/**
 * Makes recorded SCRAM answers good again for another client, whose nonce is its own: the server's side of
 * RFC 5802, with the recorded salt and iterations.
 */
export function createScram(password: string) {
  let clientFirst = '';
  let serverFirst = '';

  /** `request`: the client's message; returns the server's for it. */
  return (request: Buffer, recorded: Buffer): Buffer => {
    if (recorded.subarray(HEADER_BYTES).indexOf(CONTINUE) === 0) {
      // Behind the mechanism's name and a length: `n,,n=*,r=<nonce>`.
      const text = request.toString('latin1', HEADER_BYTES);
      clientFirst = text.slice(text.indexOf('n='));
      const nonce = /r=([^,]*)/.exec(clientFirst)?.[1] ?? '';
      serverFirst = recorded
        .toString('latin1', HEADER_BYTES + CONTINUE.length)
        .replace(/^r=[^,]*/, `r=${nonce}of-the-server`);
      return message('R', CONTINUE, serverFirst);
    }
    if (recorded.subarray(HEADER_BYTES).indexOf(FINAL) === 0) {
      const [, salt = '', iterations = '1'] = /s=([^,]*),i=(\d+)/.exec(serverFirst) ?? [];
      const salted = pbkdf2Sync(
        password,
        Buffer.from(salt, 'base64'),
        Number(iterations),
        32,
        'sha256',
      );
      const withoutProof = request.toString('latin1', HEADER_BYTES).replace(/,p=.*$/s, '');
      const conversation = [clientFirst, serverFirst, withoutProof].join(',');
      const serverKey = createHmac('sha256', salted).update(SERVER_KEY).digest();
      const signature = createHmac('sha256', serverKey).update(conversation).digest('base64');
      return message('R', FINAL, `v=${signature}`);
    }
    return recorded;
  };
}
