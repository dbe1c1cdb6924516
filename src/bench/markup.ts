/**
 * A table of Markdown, the first line its heads.
 *
 * @param isNumber which columns are aligned to the right, from 0
 */
export function renderMarkdown(
  [heads = [], ...lines]: readonly (readonly string[])[],
  isNumber: (column: number) => boolean,
): string[] {
  const rules = heads.map((_, i) => (isNumber(i) ? '---:' : '---'));
  return [heads.map(escapeMarkdown), rules, ...lines.map((cells) => cells.map(escapeMarkdown))].map(
    (cells) => `| ${cells.join(' | ')} |`,
  );
}

/** A stranger's text must not become markup. */
function escapeMarkdown(text: string): string {
  return text
    .replace(/\p{Cc}+/gu, ' ')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/[|\\`*_[\]]/g, (character) => `\\${character}`);
}

/** RFC 4180; an absent value is an empty field. */
export function renderCsv(lines: readonly (readonly (string | number | null)[])[]): string {
  return lines.map((fields) => fields.map(csvField).join(',')).join('\r\n');
}

function csvField(value: string | number | null): string {
  const text = String(value ?? '');
  // A spreadsheet would take the text of a stranger for a formula.
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
