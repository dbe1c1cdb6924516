import { describe, expect, it } from 'vitest';
import { importsOf } from './imports.js';
import { problemsOf } from './problems.js';

/** Sources by path, as their texts. */
function problems(file, sources) {
  const imports = new Map(
    Object.entries(sources).map(([path, text]) => [path, importsOf(path, text)]),
  );
  return problemsOf(file, imports).map(({ line, text }) => `${line}: ${text}`);
}

describe('the place of a file', () => {
  it('may import from its own folder and from those below', () => {
    const sources = {
      'probe/run.ts': "import { a } from './rounds.js';\nimport { b } from './results/result.js';",
      'probe/rounds.ts': '',
      'probe/results/result.ts': '',
    };
    expect(problems('probe/run.ts', sources)).toEqual([]);
  });

  it('may not import from a folder above, also not a type', () => {
    const sources = {
      'probe/run.ts':
        "import { a } from './rounds.js';\nimport type { App } from '../http/app.js';",
      'http/app.ts': '',
      'probe/rounds.ts': '',
    };
    expect(problems('probe/run.ts', sources)).toEqual([
      expect.stringMatching(/^2: src\/probe lies below src\/http: move this file to http or above/),
    ]);
  });

  it('says where a loose file belongs', () => {
    const sources = {
      'loose.ts': "import { a } from './probe/run.js';",
      'probe/run.ts': '',
      'backend/backend.ts': "import { b } from '../loose.js';",
    };
    expect(problems('loose.ts', sources)).toEqual([
      expect.stringContaining(
        'By its imports it belongs to probe, or above that, up to backend. docs',
      ),
    ]);
    expect(problems('new/a.ts', { 'new/a.ts': '' })).toEqual([
      expect.stringContaining('lies in an unknown folder'),
    ]);
  });

  it('shows the way round a circle', () => {
    const sources = {
      'probe/a.ts': "import { b } from './b.js';",
      'probe/b.ts': "import { c } from './c.js';",
      'probe/c.ts': "const a = await import('./a.js');",
    };
    expect(problems('probe/a.ts', sources)).toEqual([
      '1: a circle of imports: probe/a.ts → probe/b.ts → probe/c.ts → probe/a.ts',
    ]);
  });

  it('keeps a package to its folders, and the sources to themselves', () => {
    const sources = {
      'probe/a.ts':
        "import pg from 'pg';\nimport { z } from 'zod';\nimport { x } from '../../test/x.js';",
      'page/client/main.ts': "import { c } from '../../config/config.js';",
      'dashboards/panels.ts':
        "import { n } from '../metrics/names.js';\nimport { m } from '../metrics/metrics.js';",
    };
    expect(problems('probe/a.ts', sources)).toEqual([
      '1: only probe/connection, lab may import pg',
      '3: src/ imports nothing from outside of it',
    ]);
    expect(problems('page/client/main.ts', sources)).toEqual([
      '1: src/page/client imports from api, and not from config/config.ts',
    ]);
    expect(problems('dashboards/panels.ts', sources)).toEqual([
      '2: src/dashboards imports from metrics/names.ts, rules, regions, and not from metrics/metrics.ts',
    ]);
  });
});
