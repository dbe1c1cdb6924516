import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

export interface Mail {
  readonly subject: string;
  /** The part that is plain text. */
  readonly text: string;
}

const ANSWERS: readonly (readonly [RegExp, string])[] = [
  [/^DATA/i, '354 go on'],
  [/^QUIT/i, '221 bye'],
  [/^/, '250 ok'],
];

/** A mail server on the loopback that takes every mail and delivers none; without TLS. */
export async function startMailSink(
  onMail: (mail: Mail) => void,
): Promise<{ address: string; stop: () => Promise<unknown> }> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket)).on('error', () => undefined);
    socket.write('220 sink\r\n');
    let waiting = '';
    let isData = false;
    socket.on('data', (chunk: Buffer) => {
      waiting += chunk.toString('latin1');
      for (;;) {
        const ends = isData ? '\r\n.\r\n' : '\r\n';
        const at = waiting.indexOf(ends);
        if (at === -1) return;
        const taken = waiting.slice(0, at);
        waiting = waiting.slice(at + ends.length);
        if (isData) onMail(mailOf(taken));
        socket.write(`${isData ? '250 taken' : answerTo(taken)}\r\n`);
        isData = !isData && /^DATA/i.test(taken);
      }
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => {
      for (const socket of open) socket.destroy();
      return once(server.close(), 'close');
    },
  };
}

const answerTo = (command: string) => ANSWERS.find(([form]) => form.test(command))?.[1] ?? '';

/** RFC 5322 and 2045, as far as Alertmanager writes them. */
function mailOf(data: string): Mail {
  const subject = /^Subject: (.*(?:\r\n[ \t].*)*)$/im.exec(data)?.[1] ?? '';
  const part = /Content-Type: text\/plain[^\r]*\r\n\r\n([\s\S]*?)\r\n--/.exec(data)?.[1] ?? '';
  // A line that begins with a dot is sent with two.
  const body = part.replace(/^\.\./gm, '.').replaceAll('=\r\n', '').replaceAll('\r\n', '\n');
  return {
    // Words that are no ASCII: RFC 2047. White space between two of them is none.
    subject: subject
      .replace(/\?=\s+=\?utf-8\?q\?/gi, '')
      .replace(/=\?utf-8\?q\?(.*?)\?=/gi, (_, word: string) => unquoted(word.replaceAll('_', ' '))),
    text: unquoted(body),
  };
}

const unquoted = (text: string) =>
  Buffer.from(
    text.replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
    'latin1',
  ).toString('utf8');
