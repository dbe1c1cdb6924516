import type { FailureReason } from '../../probe/results/result.js';

/** What to do when no connection comes about, in a line; docs/runbook.md has a paragraph for each reason. */
export interface ReasonText {
  readonly why: string;
  readonly mend: string;
}

export const REASON_TEXTS: Readonly<Record<FailureReason, ReasonText>> = {
  timeout: {
    why: 'packets are lost on the way, or the server hangs',
    mend: 'nc -vz -w 3 HOST PORT; if that connects: look for a hung server, and for an MTU that is too large on the way',
  },
  refused: {
    why: 'the machine answers, but refuses the connection: the server is stopped or still starting, or the port is wrong',
    mend: 'start the server, or correct the port; on its machine: pg_lsclusters, or systemctl status postgresql',
  },
  unreachable: {
    why: 'packets do not reach it: a route, a tunnel or a firewall is missing or wrong',
    mend: 'ip route get ADDRESS; wg show; then look at security groups and firewalls',
  },
  dns: {
    why: 'the name has no address here: it was removed, or the resolver of this machine does not answer',
    mend: 'getent ahosts HOST',
  },
  tls: {
    why: 'the two sides do not agree on TLS, or the certificate is not trusted',
    mend: 'openssl s_client -starttls postgres -connect HOST:PORT -showcerts </dev/null',
  },
  auth: {
    why: 'the server refuses the login: the password, the role, or a line of pg_hba.conf',
    mend: 'psql with the same credentials; on the server: SELECT * FROM pg_hba_file_rules',
  },
  missing_database: {
    why: 'the server, or the pooler, has no database of that name',
    mend: 'psql -l; behind PgBouncer: add it to [databases]',
  },
  too_many_connections: {
    why: 'a limit on connections is reached, so that applications are refused too',
    mend: 'SELECT usename, application_name, state, count(*) FROM pg_stat_activity GROUP BY 1, 2, 3 ORDER BY 4 DESC; then end sessions that are idle for long: SELECT pg_terminate_backend(PID)',
  },
  out_of_resources: {
    why: 'the server lacks memory, processes or a quota, so that applications are refused too',
    mend: 'free -m and ulimit -u on the server; on a managed service: its console',
  },
  disk_full: {
    why: 'no space is left where the server writes',
    mend: 'df -h on the server; SELECT slot_name, active, restart_lsn FROM pg_replication_slots',
  },
  read_only: {
    why: 'the target must be writable, but this session or server is read-only',
    mend: "SELECT pg_is_in_recovery(), current_setting('default_transaction_read_only'); for a replica on purpose: mode: read-only",
  },
  terminated: {
    why: 'the connection was ended before it could be used: a restart, a pooler, or a reset on the way',
    mend: "look at the server's log, and at the pooler's",
  },
  lock_timeout: {
    why: 'another session holds a lock that this one waits for',
    mend: "SELECT pid, pg_blocking_pids(pid), query FROM pg_stat_activity WHERE wait_event_type = 'Lock'",
  },
  conflict: {
    why: 'the server rolled the statement back because of another one',
    mend: 'run it again; on a standby: SELECT * FROM pg_stat_database_conflicts',
  },
  missing_table: { why: 'a table does not exist', mend: 'pglatency schema' },
  permission: {
    why: 'the login works, but the role may not do this',
    mend: 'GRANT CONNECT ON DATABASE … TO …',
  },
  sql: {
    why: 'the server refuses it, and states why',
    mend: "look at the server's log",
  },
  protocol: {
    why: 'the program there is not PostgreSQL, or it is a proxy that pglatency does not know',
    mend: 'look at host and port; nc HOST PORT shows what answers',
  },
  internal: {
    why: 'the cause is on this machine',
    mend: 'ulimit -n; free -m',
  },
};

/** With the place filled in. */
export function mendOf(reason: FailureReason, host: string, port: number): string {
  const place: Readonly<Record<string, string>> = { HOST: host, ADDRESS: host, PORT: String(port) };
  return REASON_TEXTS[reason].mend.replace(/HOST|ADDRESS|PORT/g, (word) => place[word] ?? word);
}
