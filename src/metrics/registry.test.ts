import fc from 'fast-check';
import { expect, test } from 'vitest';
import { histogram } from './histogram.js';
import { counter, gauge } from './instruments.js';
import { createRegistry } from './registry.js';
import { createSums } from './sums.js';

const define = (name: string, type: string) => ({
  ...{ name, type, help: 'a\\b\nc', labels: ['target'] as const },
});

function createAll() {
  const registry = createRegistry({ region: 'lhr' });
  return {
    registry,
    counter: counter(registry, define('c_total', 'counter')),
    gauge: gauge(registry, define('g', 'gauge')),
    sums: createSums(registry, define('s', 'summary')),
    histogram: histogram(registry, define('h', 'histogram'), ({ target }) =>
      target === 'b' ? [1] : [0.5, 2],
    ),
  };
}

test('everything is as the text format has it', async () => {
  const all = createAll();
  all.counter.inc({ target: 'say "hi"\\\n' }, 2);
  all.gauge.set({ target: 'a' }, NaN);
  all.sums.observe({ target: 'a' }, 1.5);
  for (const value of [0.5, 1, 99]) all.histogram.observe({ target: 'a' }, value);
  all.histogram.zero({ target: 'b' });
  expect(await all.registry.render()).toBe(`# HELP c_total a\\\\b\\nc
# TYPE c_total counter
c_total{target="say \\"hi\\"\\\\\\n",region="lhr"} 2

# HELP g a\\\\b\\nc
# TYPE g gauge
g{target="a",region="lhr"} NaN

# HELP s a\\\\b\\nc
# TYPE s summary
s_sum{target="a",region="lhr"} 1.5
s_count{target="a",region="lhr"} 1

# HELP h a\\\\b\\nc
# TYPE h histogram
h_bucket{le="0.5",target="a",region="lhr"} 1
h_bucket{le="2",target="a",region="lhr"} 2
h_bucket{le="+Inf",target="a",region="lhr"} 3
h_sum{target="a",region="lhr"} 100.5
h_count{target="a",region="lhr"} 3
h_bucket{le="1",target="b",region="lhr"} 0
h_bucket{le="+Inf",target="b",region="lhr"} 0
h_sum{target="b",region="lhr"} 0
h_count{target="b",region="lhr"} 0
`);
});

test('what is kept from the scrapes before is never old', async () => {
  const labels = fc.constantFrom('a', 'b', 'c').map((target) => ({ target }));
  const value = fc.constantFrom(0, 0.25, 1, 1.5, 3);
  const change = fc.oneof(
    fc.record({ kind: fc.constant('counter' as const), labels, value }),
    fc.record({ kind: fc.constant('gauge' as const), labels, value }),
    fc.record({ kind: fc.constantFrom('sums' as const, 'histogram' as const), labels, value }),
    fc.record({ kind: fc.constant('zero' as const), labels, value }),
    fc.record({ kind: fc.constant('remove' as const), labels, value }),
    fc.record({ kind: fc.constant('reset' as const), labels, value }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(change, fc.boolean())), async (changes) => {
      const [scraped, fresh] = [createAll(), createAll()];
      for (const [{ kind, labels: of, value: by }, isScraped] of changes) {
        for (const all of [scraped, fresh]) {
          if (kind === 'counter') all.counter.inc(of, by);
          else if (kind === 'gauge') all.gauge.set(of, by);
          else if (kind === 'sums' || kind === 'histogram') all[kind].observe(of, by);
          else if (kind === 'zero') [all.sums, all.histogram].forEach((it) => it.zero(of));
          else if (kind === 'reset') all.gauge.reset();
          else [all.counter, all.gauge, all.sums, all.histogram].forEach((it) => it.remove(of));
        }
        if (isScraped) await scraped.registry.render();
      }
      expect(await scraped.registry.render()).toBe(await fresh.registry.render());
    }),
  );
});

test('a counter and a histogram without labels begin at zero, a gauge is absent', async () => {
  const registry = createRegistry();
  const without = (name: string) => ({ name, type: 'x', help: 'x', labels: [] });
  counter(registry, without('c'));
  gauge(registry, without('g'));
  histogram(registry, without('h'), () => [1]);
  const lines = (await registry.render()).split('\n').filter((line) => /^[a-z]/.test(line));
  expect(lines).toEqual([
    'c 0',
    'h_bucket{le="1"} 0',
    'h_bucket{le="+Inf"} 0',
    'h_sum 0',
    'h_count 0',
  ]);
});

test('a name is taken once', () => {
  const registry = createRegistry();
  gauge(registry, define('g', 'gauge'));
  expect(() => gauge(registry, define('g', 'gauge'))).toThrow('g is there already');
});
