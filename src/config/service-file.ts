import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from '../base/cli-deps.js';
import type { Problem } from '../base/errors.js';
import { LIBPQ_PARAMETERS } from './libpq-parameters.js';
import { readText } from './readable-file.js';
import type { GivenParameter } from './resolve-connection.js';

/** Where packages of PostgreSQL look for the machine's own file: Debian's, and Red Hat's. */
const SYSTEM_FOLDERS = ['/etc/postgresql-common', '/etc/sysconfig/pgsql'];
const FILE_NAME = 'pg_service.conf';

/**
 * Parameters with those of the service that they name, which fill in what is left out: `beneath` are the weakest, the
 * service's come next. Adds every problem.
 * https://www.postgresql.org/docs/current/libpq-pgservice.html
 */
export function withService(
  beneath: readonly GivenParameter[],
  above: readonly GivenParameter[],
  { env, problems }: { readonly env: Environment; readonly problems: Problem[] },
): GivenParameter[] {
  const all = [...beneath, ...above];
  const lastOf = (name: string) =>
    all.findLast((parameter) => parameter.name === name && parameter.value !== '');
  const service = lastOf('service');
  if (service === undefined) return all;
  const files = filesFor(lastOf('servicefile')?.value, env);
  for (const file of files) {
    const found = readService(file, service.value, problems);
    if (found !== null) return [...beneath, ...found, ...above];
  }
  const where = files.length === 0 ? `there is no ${FILE_NAME}` : `looked in ${files.join(', ')}`;
  const expected = `the name of a service in ${FILE_NAME} (${where})`;
  problems.push({ field: service.field, value: null, expected });
  return all;
}

/** The user's own comes before the machine's. */
function filesFor(named: string | undefined, env: Environment): string[] {
  const home = env.HOME === undefined ? [] : [join(env.HOME, `.${FILE_NAME}`)];
  const folders = env.PGSYSCONFDIR === undefined ? SYSTEM_FOLDERS : [env.PGSYSCONFDIR];
  const usual = [...(named === undefined ? home : []), ...folders.map((it) => join(it, FILE_NAME))];
  return [...(named === undefined ? [] : [named]), ...usual.filter((file) => existsSync(file))];
}

/** The parameters of a service, the first of a name before later ones; null: the file has no such service. */
function readService(file: string, service: string, problems: Problem[]): GivenParameter[] | null {
  const content = readText(file);
  if ('why' in content) {
    const expected = `a readable file of services (${content.why})`;
    problems.push({ field: `servicefile ${file}`, value: null, expected });
    return [];
  }
  let isInService = false;
  let isFound = false;
  const found: GivenParameter[] = [];
  for (const [i, raw] of content.text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    if (line.startsWith('[')) {
      if (isFound) break;
      isFound = isInService = line.slice(1, line.indexOf(']')) === service;
      continue;
    }
    if (!isInService) continue;
    const place = `${file}, line ${i + 1}`;
    const at = line.indexOf('=');
    const name = line.slice(0, Math.max(0, at));
    const expected = lineProblem(line, name);
    if (expected !== null) problems.push({ field: place, value: null, expected });
    else found.unshift({ name, value: line.slice(at + 1), field: `${place} ${name}` });
  }
  return isFound ? found : null;
}

function lineProblem(line: string, name: string): string | null {
  if (line.startsWith('ldap')) return 'name=value: LDAP is not supported';
  if (name === 'service' || name === 'servicefile') {
    return 'a parameter other than service: one service cannot name another';
  }
  return LIBPQ_PARAMETERS.includes(name)
    ? null
    : "name=value, with the name of one of libpq's parameters";
}
