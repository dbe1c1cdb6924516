import process from 'node:process';
import { deadLinks } from './links.js';
import { measureProse, type Prose } from './prose.js';
import { readDocs } from './read-docs.js';

/**
 * Measures the documents and prints a row each. Exits 1 at a dead link, at a sentence that is too long, at a word that
 * has a simpler one, where a document's sentences are too long or too often passive on the whole, and at a document
 * of too many words that does not say that it is a reference.
 */

const MOST = { wordsPerSentence: 17, longShare: 0.12, passiveShare: 0.4, words: 1_500 };

function wrongOnTheWhole(path: string, prose: Prose): string[] {
  return Object.entries(MOST).flatMap(([key, most]) => {
    if (key === 'words' && prose.isReference) return [];
    const is = prose[key as keyof typeof MOST];
    return is > most ? [`${path}: ${key} is ${Number(is.toFixed(2))}; at most ${most}`] : [];
  });
}

// The changelog is a list of what was, in the words of its day.
const documents = readDocs();
const problems = deadLinks(documents);
process.stdout.write('sentences  words each  over 25  passive  words\n');
for (const document of documents.filter(({ path }) => path !== 'CHANGELOG.md')) {
  const prose = await measureProse(document);
  problems.push(...prose.problems, ...wrongOnTheWhole(document.path, prose));
  const { sentences, wordsPerSentence, longShare, passiveShare, words } = prose;
  const percent = (share: number) => `${Math.round(share * 100)} %`.padStart(7);
  process.stdout.write(
    `${String(sentences).padStart(9)}  ${wordsPerSentence.toFixed(1).padStart(10)}  ${percent(longShare)}  ${percent(passiveShare)}  ${String(words).padStart(5)}  ${document.path}\n`,
  );
}
for (const problem of problems) process.stderr.write(`${problem}\n`);
process.exitCode = problems.length > 0 ? 1 : 0;
