import { expect, test } from 'vitest';
import { VARIABLES } from './variables.js';
import { misspeltVariables } from './misspelt-variables.js';

test.each([
  ['DB_HSOT', 'DB_HOST'],
  ['DB_PASWORD', 'DB_PASSWORD'],
  ['DATABSE_URL', 'DATABASE_URL'],
  ['DATABASE_URI', 'DATABASE_URL'],
  ['PGPASSWROD', 'PGPASSWORD'],
  ['SCHEDUL', 'SCHEDULE'],
  ['TARGET_FILE', 'TARGETS_FILE'],
])('%s looks like %s', (name, meant) => {
  expect(misspeltVariables({ [name]: 'x' })).toEqual([{ name, meant }]);
});

test.each(
  `PATH HOME HOSTNAME HOST NODE_ENV TERM SHELL PWD USER LOGNAME PGDATA PGTZ PGVERSION PG_VERSION PG_MAJOR DB_PASS
   DB_URL DB_SCHEMA DATABASE_PUBLIC_URL DATABASE_NAME POSTGRES_USER SSL_CERT_DIR FLY_APP_NAME FLY_IMAGE_REF
   AWS_REGION REGION PORTS HTTP_PORT PEER LOG_FILE API_KEY API_URL DB_DRIVER DATABASE_HOST PGSYSCONFDIR`
    .split(/\s+/)
    .concat(VARIABLES)
    .map((name) => [name]),
)('%s is no misspelling', (name) => {
  expect(misspeltVariables({ [name]: 'x' })).toEqual([]);
});
