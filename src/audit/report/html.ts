import type { Report } from './report.js';

export function renderHtml(report: Report): string {
  return JSON.stringify(report);
}
