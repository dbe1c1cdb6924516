import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shortNames, type OnMachine } from './machines.js';

const on = (machine: string | null, rest: Partial<OnMachine> = {}): OnMachine => ({
  region: 'local',
  machine,
  instance: null,
  address: null,
  ...rest,
});

test.each<[string, OnMachine[], (string | null)[]]>([
  [
    'none where each is alone in its region',
    [on('a', { region: 'lhr' }), on('b', { region: 'nrt' })],
    [null, null],
  ],
  [
    'the whole where that is short',
    [on('ip-10-0-1-5'), on('ip-10-0-2-7')],
    ['ip-10-0-1-5', 'ip-10-0-2-7'],
  ],
  [
    'the first label of a long name',
    [
      on('ip-10-0-1-5.eu-west-1.compute.internal'),
      on('ip-10-0-2-7.eu-west-1.compute.internal'),
      on('elsewhere', { region: 'lhr' }),
    ],
    ['ip-10-0-1-5', 'ip-10-0-2-7', null],
  ],
  [
    'what a Kubernetes pod does not share with the others',
    [on('pglatency-7d9f8b6c54-x2x4p'), on('pglatency-7d9f8b6c54-k9q1z')],
    ['…x2x4p', '…k9q1z'],
  ],
  [
    'both ends of an id',
    [on('148e272b000d89148e272b000d89'), on('91857e3c000d8991857e3c000d89')],
    ['148e272b…000d89', '91857e3c…000d89'],
  ],
  [
    'the port of two processes on one machine',
    [on('web', { address: '127.0.0.1:8081' }), on('web', { address: '127.0.0.1:8082' }), on('db')],
    ['web:8081', 'web:8082', 'db'],
  ],
  [
    'a number where nothing else differs, the same from every side',
    [on('web', { instance: 'b' }), on('web', { instance: 'a' })],
    ['web #2', 'web #1'],
  ],
  [
    'the address of one that never answered',
    [on('web-1'), on(null, { address: '10.0.0.2:8080' })],
    ['web-1', '10.0.0.2:8080'],
  ],
])('the short name is %s', (_, backends, expected) => {
  expect(shortNames(backends)).toEqual(expected);
});

test('no two backends of a region have one name, and none is longer than there is room for', () => {
  const backend = fc.record<OnMachine>({
    region: fc.constantFrom('local', 'lhr'),
    machine: fc.option(fc.stringMatching(/^[a-c]{1,2}(-[0-9]{1,2}){0,3}(\.[ab]){0,9}$/)),
    instance: fc.option(fc.uuid()),
    address: fc.option(fc.constantFrom('10.0.0.1:80', '10.0.0.2:80', 'b.example:8080')),
  });
  fc.assert(
    fc.property(fc.array(backend, { maxLength: 12 }), (backends) => {
      const names = shortNames(backends);
      for (const region of ['local', 'lhr']) {
        const own = names.filter((_, i) => backends[i]?.region === region);
        if (own.length < 2) expect(own.filter((it) => it !== null)).toEqual([]);
        else expect(new Set(own).size).toBe(own.length);
        expect(own).not.toContain('');
      }
    }),
  );
});
