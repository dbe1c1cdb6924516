/** Where the clients that are compared connect to: the server itself, or a relay that is some way off. */
export interface Place {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** Puts the distance in, after each client has warmed up without it. */
  arrive(): void;
  /** Takes it out again. */
  leave(): void;
}

/** What a client said of each of its queries, and what the wire says of the same; milliseconds. */
export interface Compared {
  readonly saidMs: readonly number[];
  readonly wireMs: readonly number[];
}
