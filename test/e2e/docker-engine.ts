import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { preparePostgresBinaries } from '../../src/lab/postgres-binaries.js';
import { findTool } from '../helpers/tools.js';
import { until } from '../helpers/until.js';
import { runHere } from './built-image.js';
import { startHost, type Host, type Result } from './host.js';

/** A Docker engine of its own: its network, its processes and its images end with it. */
export interface Engine {
  readonly host: Host;
  /** Runs `docker`, and throws if it fails. */
  docker(...args: string[]): Promise<string>;
  run(command: string, args: readonly string[], env?: Record<string, string>): Promise<Result>;
}

/** @param folder a temporary one on a disk, for the images and volumes */
export async function startEngine(folder: string): Promise<Engine> {
  const host = await startHost('docker');
  const daemon = host.start('dockerd', ['--data-root', join(folder, 'docker')]);
  const run: Engine['run'] = (command, args, env = {}) =>
    host.run(command, args, { env: { HOME: '/srv', ...env }, timeoutMs: 240_000 });
  await until(async () => (await run('docker', ['info'])).code === 0, {
    what: 'dockerd',
    withinMs: 60_000,
    everyMs: 250,
  }).catch((error: unknown) => {
    throw new Error(daemon.output(), { cause: error });
  });
  return {
    host,
    run,
    async docker(...args) {
      const { code, stdout, stderr } = await run('docker', args);
      if (code !== 0) throw new Error(`docker ${args.join(' ')}: ${stderr}`);
      return stdout.trim();
    },
  };
}

/** PostgreSQL as the official image takes its variables, without its locales, extensions and scripts. */
const POSTGRES = `#!/bin/bash
set -e
data=/var/lib/postgresql/data
as=(setpriv --reuid node --regid node --clear-groups)
if [[ ! -s $data/PG_VERSION ]]; then
  chown node /var/lib/postgresql
  printf '%s' "$POSTGRES_PASSWORD" >/tmp/password; chmod 644 /tmp/password
  "\${as[@]}" /native/bin/initdb -D $data -U "$POSTGRES_USER" --auth=scram-sha-256 --pwfile=/tmp/password
  echo 'host all all all scram-sha-256' >>$data/pg_hba.conf
  echo "CREATE DATABASE $POSTGRES_DB" | "\${as[@]}" /native/bin/postgres --single -D $data postgres
fi
exec "\${as[@]}" /native/bin/postgres -D $data -c listen_addresses='*' -c unix_socket_directories=/tmp
`;
/** A server that does not answer a request for TLS is not ready. */
const PG_ISREADY = `#!/usr/local/bin/node
const socket = require('node:net').connect(5432, '127.0.0.1');
socket.on('error', () => process.exit(2)).on('data', () => process.exit(0)).setTimeout(2000, () => process.exit(1));
socket.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]));
`;
const WGET = `#!/usr/local/bin/node
fetch(process.argv.at(-1)).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1));
`;

/** Makes, from programs of this machine, the images that docker-compose.yml takes from a registry. */
export async function buildStandIns(
  engine: Engine,
  folder: string,
  images: { postgres: string; prometheus: string; alertmanager: string },
): Promise<void> {
  const build = (tag: string, dockerfile: string, files: Record<string, string>) => {
    const context = join(folder, tag.replace(/\W/g, '-'));
    mkdirSync(context, { recursive: true });
    writeFileSync(join(context, 'Dockerfile'), `FROM pglatency:local\n${dockerfile}`);
    for (const [name, text] of Object.entries(files))
      writeFileSync(join(context, name), text, { mode: 0o755 });
    return { context, finish: () => engine.docker('build', '--quiet', '--tag', tag, context) };
  };
  const { postgres } = await preparePostgresBinaries(join(folder, 'postgres-binaries'));
  const database = build(
    images.postgres,
    `COPY native /native
COPY run pg_isready /usr/local/bin/
STOPSIGNAL SIGINT
ENTRYPOINT ["/usr/local/bin/run"]
CMD []\n`,
    { run: POSTGRES, pg_isready: PG_ISREADY },
  );
  await runHere('cp', ['-a', dirname(dirname(postgres)), join(database.context, 'native')]);
  await database.finish();
  for (const [image, program, place] of [
    [images.prometheus, 'prometheus', 'prometheus'],
    [images.alertmanager, 'prometheus-alertmanager', 'alertmanager'],
  ] as const) {
    const server = build(
      image,
      `COPY ${place} wget /bin/
COPY share /usr/share/prometheus
RUN mkdir -p /${place} /etc/${place} && chown nobody /${place}
USER nobody
WORKDIR /${place}
ENTRYPOINT ["/bin/${place}"]
CMD []\n`,
      { wget: WGET },
    );
    const binary = findTool(program);
    if (binary === null) throw new Error(`${program} is missing`);
    await runHere('cp', ['-L', binary, join(server.context, place)]);
    // Debian's Alertmanager has its templates there.
    await runHere('cp', ['-rL', '/usr/share/prometheus', join(server.context, 'share')]);
    await server.finish();
  }
}
