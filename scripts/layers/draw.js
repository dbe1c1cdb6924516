import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath, URL } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { layerOf, readImports } from './imports.js';
import { LAYERS } from './layers.js';

/** Writes the drawing into docs/design.md; `--check` only compares. */

const path = (name) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const DOCUMENT = path('docs/design.md');
const BEGIN = '<!-- drawing: begin (npm run design) -->';
const END = '<!-- drawing: end -->';

/** The folders that each folder imports from, by their places in LAYERS. */
function arrowsOf(imports) {
  const arrows = LAYERS.map(() => new Set());
  for (const [file, its] of imports) {
    const from = layerOf(file);
    for (const { target } of its) {
      const to = target === null ? -1 : layerOf(target);
      if (from >= 0 && to > from) arrows[from].add(to);
    }
  }
  return arrows;
}

/** Whether an arrow only repeats what a longer way says already. */
function isImplied(arrows, from, to) {
  const leads = (via) => via === to || [...arrows[via]].some((next) => next <= to && leads(next));
  return [...arrows[from]].some((via) => via !== to && via < to && leads(via));
}

function draw(imports) {
  const arrows = arrowsOf(imports);
  const files = LAYERS.map((_, place) => [...imports.keys()].filter((it) => layerOf(it) === place));
  const nodes = LAYERS.map(
    ({ folder }, place) => `  l${place}["${folder}<br/>${files[place].length}"]`,
  );
  const lines = arrows.flatMap((targets, from) =>
    [...targets]
      .filter((to) => !isImplied(arrows, from, to))
      .sort((a, b) => a - b)
      .map((to) => `  l${from} --> l${to}`),
  );
  const rows = LAYERS.map(
    ({ folder, holds }, place) => `| \`${folder}\` | ${files[place].length} | ${holds} |`,
  );
  return [
    BEGIN,
    '',
    ['```mermaid', 'flowchart TD', ...nodes, ...lines, '```'].join('\n'),
    '',
    ['| folder of `src/` | files | holds |', '| --- | --- | --- |', ...rows].join('\n'),
    '',
    END,
  ].join('\n');
}

const before = readFileSync(DOCUMENT, 'utf8');
const [head, rest] = before.split(BEGIN);
const tail = rest?.split(END)[1];
if (tail === undefined) throw new Error(`docs/design.md has no place for the drawing: ${BEGIN}`);
const drawn = `${head}${draw(readImports(path('src')))}${tail}`;
const after = await format(drawn, { ...(await resolveConfig(DOCUMENT)), filepath: DOCUMENT });

if (!process.argv.includes('--check')) {
  writeFileSync(DOCUMENT, after);
} else if (after !== before) {
  process.stderr.write('docs/design.md differs from the code: run "npm run design"\n');
  process.exitCode = 1;
}
