import type { Root } from 'mdast';
import type { Root as Text, Sentence } from 'nlcst';
import { toString } from 'nlcst-to-string';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import remarkRetext from 'remark-retext';
import retextEnglish from 'retext-english';
import retextPassive from 'retext-passive';
import retextSimplify from 'retext-simplify';
import { unified, type Processor } from 'unified';
import { visit } from 'unist-util-visit';
import { VFile } from 'vfile';
import type { Document } from './read-docs.js';

/** What is measured of a document's sentences. Tables, code and headings are no sentences. */
export interface Prose {
  readonly sentences: number;
  /** Words a sentence, on average. */
  readonly wordsPerSentence: number;
  /** The share of sentences with more than LONG words, 0 to 1. */
  readonly longShare: number;
  /** Passive forms a sentence. */
  readonly passiveShare: number;
  /** Words of the whole document, tables too, but no blocks of code. */
  readonly words: number;
  /** It says so at its top: something to look up in, however long. */
  readonly isReference: boolean;
  /** One line each, with its place: a sentence with more than LIMIT words, a word that has a simpler one. */
  readonly problems: readonly string[];
}

const LONG = 25;
const LIMIT = 45;

/** Words that retext-simplify would replace, and that are the field's own terms here, or plain enough. */
const TERMS = [
  ...[
    'address',
    'all of',
    'attempt',
    'capability',
    'delete',
    'effect',
    'evaluate',
    'forward',
    'function',
    'it is',
  ],
  ...[
    'maximum',
    'minimum',
    'monitor',
    'option',
    'parameters',
    'relative to',
    'render',
    'request',
    'there are',
  ],
  ...['there is', 'type'],
];

/** Leaves the number of words of each sentence as a message of the file. */
function countWords() {
  return (tree: Text, file: VFile) => {
    visit(tree, 'SentenceNode', (sentence: Sentence) => {
      const words = sentence.children.filter(({ type }) => type === 'WordNode').length;
      const end = toString(sentence).trim().at(-1) ?? '';
      // A line that ends in no mark is an item of a list, and no sentence.
      if (!'.!?'.includes(end)) return;
      file.message(String(words), { place: sentence.position, source: 'words' });
    });
  };
}

const english = unified()
  .use(retextEnglish)
  .use(retextPassive)
  .use(retextSimplify, { ignore: TERMS })
  .use(countWords)
  .freeze() as unknown as Processor<Text>;

const reader = unified()
  .use(remarkParse)
  .use(remarkGfm)
  .use(() => (tree: Root) => {
    // What is no prose is taken out: a heading or a cell holds no sentence.
    tree.children = tree.children.filter(({ type }) => type !== 'heading' && type !== 'table');
  })
  .use(remarkRetext, english);

const REFERENCE = /^This page is a reference/m;

function wordsOf(tree: Root): number {
  let words = 0;
  visit(tree, (node) => {
    if (node.type !== 'text' && node.type !== 'inlineCode') return;
    words += node.value.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
  });
  return words;
}

export async function measureProse({ path, text, tree }: Document): Promise<Prose> {
  const file = new VFile({ path, value: text });
  await reader.run(reader.parse(file), file);
  const words = file.messages
    .filter(({ source }) => source === 'words')
    .map((it) => Number(it.reason));
  const passive = file.messages.filter(({ source }) => source === 'retext-passive').length;
  const count = Math.max(words.length, 1);
  const inOrder = [...file.messages].sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
  const problems = inOrder.flatMap(({ source, reason, line }) => {
    if (source === 'retext-simplify') return [`${path}:${line}: ${reason}`];
    const isTooLong = source === 'words' && Number(reason) > LIMIT;
    return isTooLong ? [`${path}:${line}: a sentence of ${reason} words; at most ${LIMIT}`] : [];
  });
  return {
    sentences: words.length,
    wordsPerSentence: words.reduce((sum, it) => sum + it, 0) / count,
    longShare: words.filter((it) => it > LONG).length / count,
    passiveShare: passive / count,
    words: wordsOf(tree),
    isReference: REFERENCE.test(text),
    problems,
  };
}
