import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { generateKeyPair, isKey, publicKeyOf } from './keys.js';

const hasWg = (() => {
  try {
    execFileSync('wg', ['--version']);
    return true;
  } catch {
    return false;
  }
})();
if (!hasWg) console.warn('SKIPPED, wg is missing (wireguard-tools): the comparison with wg pubkey');

const wgPubkey = (key: string) => execFileSync('wg', ['pubkey'], { input: key, encoding: 'utf8' });

describe('keys', () => {
  it.skipIf(!hasWg && process.env.CI !== 'true')('agree with wg pubkey', () => {
    for (let i = 0; i < 20; i++) {
      const { privateKey, publicKey } = generateKeyPair();
      expect(wgPubkey(privateKey).trim()).toBe(publicKey);
    }
  });

  it.skipIf(!hasWg && process.env.CI !== 'true')('take keys that wg genkey made', () => {
    const privateKey = execFileSync('wg', ['genkey'], { encoding: 'utf8' }).trim();
    expect(publicKeyOf(privateKey)).toBe(wgPubkey(privateKey).trim());
  });

  it('are clamped, so that wg prints a private key as it was given', () => {
    for (let i = 0; i < 50; i++) {
      const bytes = Buffer.from(generateKeyPair().privateKey, 'base64');
      expect((bytes[0] as number) & 7).toBe(0);
      expect((bytes[31] as number) & 0b1100_0000).toBe(0b0100_0000);
    }
  });

  it('differ every time, and their public keys are their own', () => {
    const pairs = Array.from({ length: 20 }, generateKeyPair);
    expect(new Set(pairs.map(({ privateKey }) => privateKey)).size).toBe(20);
    for (const { privateKey, publicKey } of pairs) expect(publicKeyOf(privateKey)).toBe(publicKey);
  });

  it('are told from other texts, which an error does not repeat', () => {
    expect(isKey(generateKeyPair().publicKey)).toBe(true);
    const wrong = ['', 'x', 'A'.repeat(44), `${'A'.repeat(42)}B=`, `${'A'.repeat(43)}=\n`];
    for (const text of wrong) {
      expect(isKey(text)).toBe(false);
    }
    expect(() => publicKeyOf('hunter2')).toThrow(/^(?!.*hunter2)/);
  });
});
