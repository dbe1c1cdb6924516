import { messageOf } from '../base/errors.js';
import { requestLatest } from '../fleet/peer-state.js';
import { printable } from '../fleet/peer-request.js';
import { rowsOfLatest, rowWithoutMeasurement, targetsOfLatest } from '../fleet/row.js';
import type { ProgressEvent } from '../api/answers.js';
import { MAX_TARGETS } from '../config/target.js';
import { askForRun, nameOf, type Question } from './ask.js';
import { matrixRow, matrixRowWithoutTargets, type MatrixRow } from './matrix.js';

export type TargetsQuestion = Omit<Question, 'target' | 'onProgress'> & {
  /** A run is about to begin. */
  readonly onRun: (target: string, of: { index: number; count: number }) => void;
  readonly onProgress: (event: ProgressEvent) => void;
};

/**
 * Asks a region which targets it has, and for a run of each, one after another: two runs at once would
 * measure each other. Never rejects.
 */
export async function measureTargets(question: TargetsQuestion): Promise<MatrixRow> {
  const { onRun, ...rest } = question;
  const { peer, timeoutMs, signal } = question;
  try {
    const latest = await requestLatest(peer, timeoutMs, signal);
    const targets = targetsOfLatest(latest).slice(0, MAX_TARGETS);
    const [where = rowWithoutMeasurement(latest.region, { error: '', reason: null })] =
      rowsOfLatest(latest);
    if (targets.length === 0) return matrixRowWithoutTargets(where, 'it has no database');
    const runs = [];
    for (const [index, { target, mode, follows }] of targets.entries()) {
      onRun(printable(target), { index, count: targets.length });
      // A backend with one target may be older than the parameter.
      const run = await askForRun(targets.length === 1 ? rest : { ...rest, target });
      runs.push({ target: printable(target), mode, follows: follows && printable(follows), run });
    }
    return matrixRow(where, runs);
  } catch (error) {
    const where = rowWithoutMeasurement(nameOf(peer), { error: '', reason: null });
    return matrixRowWithoutTargets(where, messageOf(error));
  }
}
