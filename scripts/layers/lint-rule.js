import { relative } from 'node:path';
import { fileURLToPath, URL } from 'node:url';
import { importsOf, readImports } from './imports.js';
import { problemsOf } from './problems.js';

const SOURCE = fileURLToPath(new URL('../../src/', import.meta.url));

/** Read once: a lint run looks at every file of the same tree. */
let imports;

/** Fails on a loose file, an import upwards, a circle, and a package in the wrong folder. */
export const layersRule = {
  meta: { type: 'problem', schema: [] },
  create(context) {
    const file = relative(SOURCE, context.filename);
    return {
      Program() {
        imports ??= readImports(SOURCE);
        imports.set(file, importsOf(file, context.sourceCode.text));
        for (const { line, text } of problemsOf(file, imports)) {
          context.report({ loc: { line, column: 0 }, message: text });
        }
      },
    };
  },
};
