import { expect, test } from 'vitest';
import { deadLinks } from '../../scripts/docs/links.js';
import { measureProse } from '../../scripts/docs/prose.js';
import { parseMarkdown, readDocs, type Document } from '../../scripts/docs/read-docs.js';

const document = (path: string, text: string): Document => ({
  path,
  text,
  tree: parseMarkdown(text),
});

test('a link to a file or a heading that is not there is named with its line', () => {
  const problems = deadLinks([
    document(
      'README.md',
      '# One\n\n[a](docs/api.md) [b](docs/nowhere.md) [c](#one) [d](#two)\n[e](https://example.com/#x)',
    ),
    document(
      'docs/api.md',
      '# The API\n\n## Errors: all\n\n[a](../README.md#one) [b](#errors-all) [c](#errors)',
    ),
  ]);
  expect(problems).toEqual([
    'README.md:3: docs/nowhere.md: no such file',
    'README.md:3: #two: README.md has no such heading',
    'docs/api.md:5: #errors: docs/api.md has no such heading',
  ]);
});

test('sentences are measured, and the worst of them named', async () => {
  const long = `It ${'runs and '.repeat(30)}ends.`;
  const text = `# A heading of three\n\nYou start it. It was written by a person.\n\n${long}\n\n| a | b |\n| - | - |\n| Utilize this. | x |\n\nYou utilize it.\n`;
  const prose = await measureProse(document('a.md', text));
  expect(prose).toMatchObject({ sentences: 4, longShare: 0.25, passiveShare: 0.25 });
  expect(prose.wordsPerSentence).toBeCloseTo((3 + 6 + 62 + 3) / 4);
  expect(prose.problems).toEqual([
    'a.md:5: a sentence of 62 words; at most 45',
    'a.md:11: Unexpected `utilize`, use `use` instead',
  ]);
});

test('the words of a document are counted without its code, and a reference says that it is one', async () => {
  const text = 'One `two`.\n\n```sh\nls -l\n```\n\n| three | – |\n| - | - |\n| four | 5 |\n';
  expect(await measureProse(document('a.md', text))).toMatchObject({
    words: 5,
    isReference: false,
  });
  const reference = `# A\n\nThis page is a reference: each thing.\n\n${text}`;
  expect(await measureProse(document('a.md', reference))).toMatchObject({ isReference: true });
});

test('the documents are all read', () => {
  const paths = readDocs().map(({ path }) => path);
  expect(paths).toEqual(expect.arrayContaining(['README.md', 'CONTRIBUTING.md', 'docs/api.md']));
});
