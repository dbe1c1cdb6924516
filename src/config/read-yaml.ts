import { CST, isMap, isScalar, isSeq, Lexer, LineCounter, parseDocument, type Node } from 'yaml';
import type { Problem } from '../base/errors.js';
import { readBoundedText } from './readable-file.js';

/**
 * Parsing blocks the process, so the size has a limit. 256 regions with every key, 16 targets and 20 queries
 * have fewer than 4,000 keys and 200 kB.
 */
const MAX_BYTES = 1_048_576;
const MAX_KEYS = 4_000;
const MAX_TOKENS = 100_000;
const MAX_DEPTH = 10;
const MAX_DUPLICATES = 20;

export interface YamlFile {
  readonly value: unknown;
  /** The line of what stands at this path, from 1; of the nearest that exists where there is nothing. */
  lineOf(path: readonly (string | number)[]): number;
}

/**
 * A YAML file of the user's, or null. Adds what is wrong with it as YAML; the field of a problem is a line,
 * or empty when it is the file as a whole. The size, the keys, the depth and the aliases are bounded before
 * anything is built from the text. Never repeats the text, which may hold a secret by mistake.
 */
export function readYaml(file: string, problems: Problem[]): YamlFile | null {
  const unusable = (expected: string, line?: number) => {
    const field = line === undefined ? '' : `line ${line}`;
    problems.push({ field, value: null, expected });
    return null;
  };
  const content = readBoundedText(file, MAX_BYTES);
  if ('why' in content) return unusable(`a readable file (${content.why})`);
  const { text } = content;
  if (text.includes('\0')) return unusable('text in UTF-8 (this looks like UTF-16)');
  if (text.includes('\uFFFD')) return unusable('text in UTF-8 (it holds other bytes)');
  const excess = excessOf(text);
  if (excess !== null) return unusable(excess.expected, excess.line);
  try {
    return parse(text, problems, unusable);
  } catch (error) {
    // The parser's own stack.
    if (error instanceof RangeError) return unusable(`at most ${MAX_DEPTH} levels`);
    throw error;
  }
}

/** What there is too much of, from a pass over the tokens alone. */
export function excessOf(text: string, maxAliases = 0): { expected: string; line?: number } | null {
  let aliases = 0;
  let tokens = 0;
  let keys = 0;
  let line = 1;
  for (const token of new Lexer().lex(text)) {
    const type = CST.tokenType(token);
    tokens += 1;
    if (type === 'map-value-ind') keys += 1;
    if (keys > MAX_KEYS) return { expected: `at most ${MAX_KEYS} keys` };
    if (tokens > MAX_TOKENS) return { expected: `at most ${MAX_TOKENS} words and signs` };
    if (type === 'alias') aliases += 1;
    if (aliases > maxAliases) {
      if (maxAliases > 0) return { expected: `at most ${maxAliases} aliases`, line };
      return {
        expected: 'no alias; write the value out (a text that begins with * needs quotes)',
        line,
      };
    }
    line += token.split('\n').length - 1;
  }
  return null;
}

function parse(
  text: string,
  problems: Problem[],
  unusable: (expected: string, line?: number) => null,
): YamlFile | null {
  const lines = new LineCounter();
  // The parser looks for duplicate keys in quadratic time.
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false,
  });
  const lineAt = (node: Node | null | undefined) => lines.linePos(node?.range?.[0] ?? 0).line;
  for (const { code, pos } of document.errors) {
    unusable(`YAML (${code.toLowerCase().replaceAll('_', ' ')})`, lines.linePos(pos[0]).line);
  }
  if (document.errors.length > 0) return null;
  if (depthOf(document.contents) > MAX_DEPTH) return unusable(`at most ${MAX_DEPTH} levels`);
  const duplicates = duplicateKeys(document.contents).slice(0, MAX_DUPLICATES);
  for (const key of duplicates) unusable('a key used once in its map', lineAt(key));
  if (duplicates.length > 0) return null;
  return {
    value: document.toJS(),
    lineOf: (path) => lineAt(nearest(document.contents, path)),
  };
}

function childrenOf(node: unknown): unknown[] {
  if (isMap(node)) return node.items.flatMap(({ key, value }) => [key, value]);
  return isSeq(node) ? node.items : [];
}

/** Stops where it is too deep. */
function depthOf(node: unknown, levels = 0): number {
  if (levels > MAX_DEPTH) return levels;
  return Math.max(levels, ...childrenOf(node).map((child) => depthOf(child, levels + 1)));
}

function duplicateKeys(node: unknown): Node[] {
  const seen = new Set<unknown>();
  const own = !isMap(node)
    ? []
    : node.items.flatMap(({ key }) => {
        if (!isScalar(key)) return [];
        const isTwice = seen.has(key.value);
        seen.add(key.value);
        return isTwice ? [key] : [];
      });
  return [...own, ...childrenOf(node).flatMap(duplicateKeys)];
}

/** Of a map's entry the key, because it stands before the value; otherwise the value. */
function nearest(root: Node | null, path: readonly (string | number)[]): Node | null {
  let node: unknown = root;
  let found = root;
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find(
        ({ key }) => isScalar(key) && String(key.value) === String(step),
      );
      if (pair === undefined) return found;
      found = pair.key as Node;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
      if (node === undefined) return found;
      found = node as Node;
    } else {
      return found;
    }
  }
  return found;
}
