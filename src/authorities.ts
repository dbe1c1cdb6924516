import { readFileSync } from 'node:fs';
import { messageOf, type Problem } from './errors.js';

/** The certificates in a file, PEM. Adds to the problems when there are none. */
export function readAuthorities(file: string, field: string, problems: Problem[]): string {
  const problem = (why: string) =>
    problems.push({
      field,
      value: file,
      expected: `a readable file of PEM certificates (${why})`,
    });
  try {
    const pem = readFileSync(file, 'utf8');
    if (!pem.includes('-----BEGIN CERTIFICATE-----')) problem('it holds no certificate');
    return pem;
  } catch (error) {
    problem(messageOf(error));
    return '';
  }
}
