export type Environment = Readonly<Record<string, string | undefined>>;

/** The signals that ask the command to end; SIGHUP asks `serve` to read its files again. */
export type EndSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/** What the command and its subcommands take from the process; only cli.ts touches it. */
export interface CliDeps {
  readonly env: Environment;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** In the place of the metadata services' own address, as `http://host:port`. */
  readonly metadataAddress?: string;
  /** Calls back with what would be printed as text or end the process: a warning of Node.js, a bug. */
  readonly onTrouble?: (listener: (error: Error, isFatal: boolean) => void) => void;
  /** Calls back at each signal to end; returns how to stop listening. */
  readonly onSignal: (listener: (signal: EndSignal) => void) => () => void;
}
