import { expect, it } from 'vitest';
import { toScrapeTargets, type ScrapeSource } from './scrape-targets.js';

const LIST = [
  { region: 'lhr', origin: 'http://10.50.3.1:8080', isSelf: false },
  { region: 'nrt', origin: 'https://nrt.example', isSelf: false },
  { region: null, origin: 'http://[fdaa::3]', isSelf: false },
];

const targetsOf = (source: Partial<ScrapeSource>) =>
  toScrapeTargets({
    fleet: 'staging',
    peers: LIST,
    self: { region: 'syd', host: '10.50.9.1:8080' },
    metricsPort: null,
    ...source,
  });

it('names each peer with its port, the fleet, its region where that is known, and https', () => {
  expect(targetsOf({ self: { region: 'lhr', host: null } })).toEqual([
    { targets: ['10.50.3.1:8080'], labels: { fleet: 'staging', region: 'lhr' } },
    {
      targets: ['nrt.example:443'],
      labels: { fleet: 'staging', region: 'nrt', __scheme__: 'https' },
    },
    { targets: ['[fdaa::3]:80'], labels: { fleet: 'staging' } },
  ]);
});

it('names this backend where the list has another of its region, and not where the list has itself', () => {
  const self = { region: 'lhr', host: '10.50.9.1:8080' };
  const listed = (isSelf: boolean) =>
    targetsOf({ peers: [{ region: 'lhr', origin: 'http://10.50.3.1:8080', isSelf }], self });
  expect(listed(true).flatMap(({ targets }) => targets)).toEqual(['10.50.3.1:8080']);
  expect(listed(false)).toEqual([
    { targets: ['10.50.3.1:8080'], labels: { fleet: 'staging', region: 'lhr' } },
    { targets: ['10.50.9.1:8080'], labels: { fleet: 'staging', region: 'lhr' } },
  ]);
});

it.each([
  ['as it was asked, where no peer is it', { host: 'hub:8080' }, ['hub:8080']],
  ['not again, where a peer is at its address', { host: '10.50.3.1:8080' }, []],
  ['not at all, where nothing says how to reach it', { host: null }, []],
  ['not at all, where the caller makes something up', { host: 'a b/c?' }, []],
])('names this backend %s', (_, { host }, expected) => {
  const added = targetsOf({ self: { region: 'syd', host } }).slice(LIST.length);
  expect(added.flatMap(({ targets }) => targets)).toEqual(expected);
});

it('takes the peers to have their metrics on the same port as this backend', () => {
  expect(targetsOf({ metricsPort: 9091 }).flatMap(({ targets }) => targets)).toEqual([
    ...['10.50.3.1:9091', 'nrt.example:9091', '[fdaa::3]:9091', '10.50.9.1:9091'],
  ]);
});
