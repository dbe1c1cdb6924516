// Adds up Vitest's JSON reports, named as arguments, to one closing line.
import { readFileSync } from 'node:fs';
import { argv, stdout } from 'node:process';

const reports = argv.slice(2).map((file) => JSON.parse(readFileSync(file, 'utf8')));
const sum = (name) => reports.reduce((total, report) => total + report[name], 0);
stdout.write(
  `${sum('numPassedTests')} passed, ${sum('numFailedTests')} failed, ${sum('numPendingTests')} skipped\n`,
);
