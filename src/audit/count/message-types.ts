/** What a client sends: https://www.postgresql.org/docs/current/protocol-message-formats.html */
export const CLIENT = {
  query: 0x51, // Q
  parse: 0x50, // P
  bind: 0x42, // B
  describe: 0x44, // D
  execute: 0x45, // E
  close: 0x43, // C
  sync: 0x53, // S
  flush: 0x48, // H
  functionCall: 0x46, // F
  copyData: 0x64, // d
  copyDone: 0x63, // c
  copyFail: 0x66, // f
  password: 0x70, // p
  terminate: 0x58, // X
} as const;

/** What a server sends. */
export const SERVER = {
  authentication: 0x52, // R
  parseComplete: 0x31, // 1
  bindComplete: 0x32, // 2
  closeComplete: 0x33, // 3
  rowDescription: 0x54, // T
  noData: 0x6e, // n
  commandComplete: 0x43, // C
  emptyQuery: 0x49, // I
  portalSuspended: 0x73, // s
  error: 0x45, // E
  copyIn: 0x47, // G
  copyBoth: 0x57, // W
  setting: 0x53, // S
  ready: 0x5a, // Z
} as const;
