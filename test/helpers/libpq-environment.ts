/** A server, a role and a database, for a program of libpq's. */
export interface LibpqPlace {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/** The PATH and libpq's variables: nothing else of this process reaches the program. */
export function libpqEnvironment(place: LibpqPlace): NodeJS.ProcessEnv {
  const { host, port, user, password, database } = place;
  return {
    PATH: process.env.PATH,
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: user,
    PGPASSWORD: password,
    PGDATABASE: database,
    PGSSLMODE: 'disable',
  };
}
