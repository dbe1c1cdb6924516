import type { Reporter, TestModule } from 'vitest/node';

const SHOWN_FILES = 10;

/** Prints the files whose tests took longest, in seconds, when a run of Vitest's has ended. */
export default class SlowestFiles implements Reporter {
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
  }
}
