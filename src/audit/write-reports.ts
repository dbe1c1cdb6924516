import { accessSync, constants, existsSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { messageOf } from '../base/errors.js';
import type { TableOptions } from '../fleet/text-table.js';
import type { Format, ReportFile } from './options.js';
import { renderHtml } from './report/html.js';
import { renderMarkdown } from './report/markdown.js';
import type { Report } from './report/report.js';
import { renderText } from './report/text.js';
import { AuditUsageError } from './usage-error.js';

/** Before anything runs. @throws AuditUsageError naming the file. */
export function assertWritable(files: readonly ReportFile[]): void {
  for (const { path } of files) {
    if (existsSync(path)) {
      throw new AuditUsageError(`--report ${path}: it exists already, and is not overwritten`);
    }
    try {
      accessSync(dirname(path), constants.W_OK);
    } catch {
      throw new AuditUsageError(
        `--report ${path}: its folder does not exist, or cannot be written to`,
      );
    }
  }
  const paths = files.map(({ path }) => path);
  const twice = paths.find((path, i) => paths.indexOf(path) < i);
  if (twice !== undefined) throw new AuditUsageError(`--report ${twice} is given twice`);
}

/** The report in one of its forms, which ends with a new line. */
export function render(report: Report, format: Format, table: TableOptions): string {
  switch (format) {
    case 'table':
      return renderText(report, table);
    case 'markdown':
      return renderMarkdown(report);
    case 'json':
      return `${JSON.stringify(report, null, 2)}\n`;
    case 'html':
      return renderHtml(report);
  }
}

/** Writes every file that can be written; what can not is a line. A file that has come meanwhile stays. */
export function writeReports(report: Report, files: readonly ReportFile[]): string[] {
  return files.flatMap(({ path, format }) => {
    try {
      writeFileSync(path, render(report, format, { colour: false }), { flag: 'wx' });
      return [];
    } catch (error) {
      return [`--report ${path}: ${messageOf(error)}`];
    }
  });
}
