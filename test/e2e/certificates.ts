import { generate } from 'selfsigned';

const name = (value: string) => [{ name: 'commonName', value }];
const options = { keyType: 'ec', algorithm: 'sha256' } as const;

/** An authority of its own. */
async function makeAuthority(commonName: string) {
  const extensions = [
    { name: 'basicConstraints' as const, cA: true, critical: true },
    { name: 'keyUsage' as const, keyCertSign: true, cRLSign: true, critical: true },
  ];
  const { private: key, cert } = await generate(name(commonName), { ...options, extensions });
  return { key, cert };
}

/** A server's certificate for one name, its authority, and another authority that never signed it. */
export async function makeCertificates(serverName: string) {
  const authority = await makeAuthority('Test authority');
  const stranger = await makeAuthority('Another authority');
  const server = await generate(name(serverName), {
    ...options,
    ca: authority,
    extensions: [
      { name: 'subjectAltName', altNames: [{ type: 2, value: serverName }] },
      { name: 'extKeyUsage', serverAuth: true },
    ],
  });
  return {
    authority: authority.cert,
    stranger: stranger.cert,
    certificate: server.cert,
    privateKey: server.private,
  };
}
