import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { admit } from './admission.js';
import { httpLimits } from './limits.js';

it('does not handle a request whose caller went away while it waited for its turn', async () => {
  const handled: string[] = [];
  const listener = admit((req) => void handled.push(req.url ?? ''), {
    ...{ limits: httpLimits(), paths: [] },
    shed: (req) => void handled.push(`shed ${req.url ?? ''}`),
  });
  const responses = Array.from({ length: 12 }, (_, i) => {
    const req = Object.assign(new IncomingMessage(new Socket()), { url: `/${i}` });
    const res = new ServerResponse(req);
    listener(req, res);
    return res;
  });
  expect(handled).toHaveLength(8);
  responses[9]?.destroy();
  await nextTurn();
  expect(handled.slice(8)).toEqual(['/8', '/10', '/11']);
});
