import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadConfig } from './config.js';
import { parsePeer, parsePeers, parsePeerSource } from './peers.js';

describe('PEERS', () => {
  it('is a list of regions and addresses', () => {
    expect(parsePeerSource('lhr=http://10.50.3.1:8080, nrt=https://nrt.example,')).toEqual({
      kind: 'list',
      peers: [
        { region: 'lhr', origin: 'http://10.50.3.1:8080' },
        { region: 'nrt', origin: 'https://nrt.example' },
      ],
    });
  });

  it('takes an address without a region, and IPv6', () => {
    expect(parsePeer('http://[fdaa::3]:8080/')).toEqual({
      region: null,
      origin: 'http://[fdaa::3]:8080',
    });
    expect(parsePeer('syd=http://[fdaa::3]:80')).toEqual({
      region: 'syd',
      origin: 'http://[fdaa::3]',
    });
  });

  it('takes any region, and one several times at several addresses', () => {
    expect(parsePeers(['eu-west-1=http://a', 'eu-west-1=http://b'])).toEqual([
      { region: 'eu-west-1', origin: 'http://a' },
      { region: 'eu-west-1', origin: 'http://b' },
    ]);
  });

  it('is an application in the private DNS', () => {
    expect(parsePeerSource('dns:my-app')).toEqual({ kind: 'dns', app: 'my-app', port: null });
    expect(parsePeerSource('dns:my-app:9000')).toEqual({ kind: 'dns', app: 'my-app', port: 9000 });
  });

  it.each([
    ['lhr', '"lhr" is not a URL; expected such as lhr=http://host:8080'],
    ['Mars=http://a', '"Mars" is not a region: 1 to 31 lower-case letters'],
    ['all=http://a', '"all" is not a region'],
    ['..=http://a', '".." is not a region'],
    [`${'x'.repeat(200)}=http://a`, `"${'x'.repeat(80)}…" is not a region`],
    ['=http://a', '"" is not a region'],
    ['lhr=ftp://a', '"ftp://a" is not http or https'],
    ['lhr=http://a/path', 'has more than a host and a port'],
    ['lhr=http://a?x', 'has more than a host and a port'],
    ['lhr=http://u:sesame@a', '"http://…@a" carries a user or a password'],
    ['lhr=http://a,nrt=http://a:80', 'the address "http://a" is given twice'],
    ['dns:', '"dns:" is not allowed; expected dns:<application>'],
    ['dns:Bad_Name', 'is not allowed'],
    ['dns:app:0', 'is not allowed'],
    ['dns:app:70000', 'is not allowed'],
    ['<img src=x onerror=alert(1)>', 'is not a region'],
  ])('%j is refused', (text, why) => expect(() => parsePeerSource(text)).toThrow(why));

  it('is bounded', () => {
    const many = Array.from({ length: 257 }, (_, i) => `http://h${i}`);
    expect(() => parsePeers(many)).toThrow('257 peers are too many; at most 256');
  });

  it('never shows a password, and stops the start', () => {
    expect(() => loadConfig({ PEERS: 'lhr=http://u:sesame@a' })).toThrow(/PEERS/);
    expect(() => loadConfig({ PEERS: 'lhr=http://u:sesame@a' })).not.toThrow(/sesame/);
  });

  it('is parsed or refused with a line, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        try {
          const source = parsePeerSource(text);
          if (source.kind === 'list') {
            for (const { origin } of source.peers) expect(new URL(origin).origin).toBe(origin);
          }
        } catch (error) {
          expect((error as Error).message).toMatch(/expected|allowed|twice|is not a region/);
        }
      }),
    );
  });
});
