/** Where the API of a server begins, and the header that identifies the caller. */
export interface ServerAddress {
  /** Without a slash at the end, and without the user and the password. */
  readonly base: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** @param address http or https, with a path where the server has one; a user and a password are sent as such */
export function serverAddressOf(address: URL): ServerAddress {
  const credentials = `${decodeURIComponent(address.username)}:${decodeURIComponent(address.password)}`;
  return {
    base: `${address.origin}${address.pathname.replace(/\/+$/, '')}`,
    headers:
      credentials === ':'
        ? {}
        : { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
  };
}
