import type { Reporter, TestModule } from 'vitest/node';

const SHOWN_FILES = 10;

/**
 * When a run of Vitest's has ended, prints the files whose tests took longest, in seconds, and the tests that
 * passed only when they were tried again: each of these is a fault of the test or of the product.
 */
export default class SlowAndFlaky implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const slowest = modules
      .map((module) => ({
        name: module.relativeModuleId,
        seconds: module.diagnostic().duration / 1_000,
      }))
      .sort((a, b) => b.seconds - a.seconds)
      .slice(0, SHOWN_FILES);
    const lines = slowest.map(
      ({ name, seconds }) => `${seconds.toFixed(1).padStart(7)} s  ${name}`,
    );
    process.stdout.write(`The slowest files:\n${lines.join('\n')}\n`);
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        if (test.diagnostic()?.flaky !== true) continue;
        process.stdout.write(
          `PASSED ONLY AT THE SECOND TRY: ${module.relativeModuleId}: ${test.fullName}\n`,
        );
      }
    }
  }
}
