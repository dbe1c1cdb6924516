/** Exits with 1 when package-lock.json names a package whose licence we do not take. */
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { URL } from 'node:url';
import { licenseProblems } from './problems.js';

const lock = new URL('../../package-lock.json', import.meta.url);
const { packages } = JSON.parse(readFileSync(lock, 'utf8'));
const problems = licenseProblems(packages);
for (const problem of problems) process.stderr.write(`${problem}\n`);
process.stdout.write(`${Object.keys(packages).length - 1} packages, ${problems.length} problems\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
