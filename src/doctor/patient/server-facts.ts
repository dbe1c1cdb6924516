import type { Failure } from '../../probe/results/result.js';
import type { Asked } from './ask-read-only.js';

/** What a server says of itself and of the role. */
export interface ServerFacts {
  readonly ok: true;
  readonly role: string;
  readonly isSuperuser: boolean;
  readonly database: string;
  readonly isStandby: boolean;
  /** 170004 for 17.4. */
  readonly version: number;
  /** The number of the process that answers. */
  readonly processId: number;
}

const FACTS_SQL = `SELECT current_user, pg_catalog.current_database(), pg_catalog.pg_is_in_recovery(),
  pg_catalog.current_setting('server_version_num'), pg_catalog.pg_backend_pid(),
  coalesce((SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user), false)`;

export async function readServerFacts(
  ask: (text: string) => Promise<Asked | Failure>,
): Promise<ServerFacts | Failure> {
  const asked = await ask(FACTS_SQL);
  if (!asked.ok) return asked;
  const [role, database, isStandby, version, processId, isSuperuser] = asked.rows[0] ?? [];
  return {
    ok: true,
    role: role ?? '',
    database: database ?? '',
    isStandby: isStandby === 't',
    version: Number(version),
    processId: Number(processId),
    isSuperuser: isSuperuser === 't',
  };
}
