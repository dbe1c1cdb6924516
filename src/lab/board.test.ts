import { describe, expect, it } from 'vitest';
import { rowWithoutMeasurement, type FleetRow } from '../fleet/row.js';
import { createBoard } from './board.js';

const waiting = (region: string) =>
  rowWithoutMeasurement(region, { error: 'waiting', reason: null });
const row = (region: string, ms: number): FleetRow => ({
  ...waiting(region),
  read_p50_ms: ms,
  error: null,
});

function output(isTTY: boolean) {
  const written: string[] = [];
  const write = (text: string) => written.push(text) > 0;
  return { written, stream: { isTTY, columns: 100, write } as unknown as NodeJS.WriteStream };
}

// eslint-disable-next-line no-control-regex
const ESCAPES = /\u001b\[(\d+)A\r\u001b\[J|\u001b\[\?7[lh]|\n|[^\u001b\n]+/g;

/** What a terminal shows after these writes: of the escapes, those that the board uses. */
function screenOf(written: readonly string[]): string[] {
  const lines: string[] = [];
  let line = '';
  for (const [part, up] of written.join('').matchAll(ESCAPES)) {
    if (up !== undefined) lines.splice(lines.length - Number(up));
    else if (part === '\n') {
      lines.push(line);
      line = '';
    } else if (!part.startsWith('\u001b')) line += part;
  }
  return lines;
}

describe('the board on a terminal', () => {
  it('draws the table in place, at every piece of news', () => {
    const { written, stream } = output(true);
    const rows = [waiting('lhr'), waiting('syd')];
    const board = createBoard({ rows, json: false, stdout: stream, stderr: stream, colour: false });
    board.note('before');
    board.set(row('syd', 268.85));
    board.set(row('lhr', 11.89));
    board.note('something happened');
    board.retire(waiting('syd'));
    const screen = screenOf(written);
    expect(screen.slice(0, 2)).toEqual(['before', 'something happened']);
    expect(screen).toHaveLength(2 + 2 + 2 + 2);
    expect(screen[4]).toMatch(/lhr.*11\.89.*1$/);
    expect(screen[5]).toMatch(/syd.*–.*waiting$/);
  });
});

describe('the footer', () => {
  it('stands below the table, and is replaced', () => {
    const { written, stream } = output(true);
    const rows = [waiting('lhr')];
    const board = createBoard({ rows, json: false, stdout: stream, stderr: stream, colour: false });
    board.setFooter(['not yet']);
    expect(written).toEqual([]);
    board.set(row('lhr', 12));
    expect(screenOf(written).slice(-2)).toEqual([
      expect.stringMatching(/^milliseconds/),
      'not yet',
    ]);
    board.setFooter(['one', 'two']);
    expect(screenOf(written)).toHaveLength(2 + 1 + 2 + 2);
    expect(screenOf(written).slice(-2)).toEqual(['one', 'two']);
    board.setFooter([]);
    expect(screenOf(written)).toHaveLength(2 + 1 + 2);
  });
});

describe('the board elsewhere', () => {
  it('prints once a round, without moving the cursor', () => {
    const { written, stream } = output(false);
    const stderr = output(false).stream;
    const rows = [waiting('lhr'), waiting('syd')];
    const board = createBoard({ rows, json: true, stdout: stream, stderr, colour: false });
    board.set(row('lhr', 12));
    board.set(row('lhr', 13));
    expect(written).toEqual([]);
    board.set(row('syd', 268));
    expect(written).toHaveLength(1);
    expect(JSON.parse(written[0] ?? '')).toMatchObject([
      { rank: 1, region: 'lhr', read_p50_ms: 13 },
      { rank: 2, region: 'syd', read_p50_ms: 268 },
    ]);
    board.retire(waiting('syd'));
    board.set(row('lhr', 14));
    expect(written).toHaveLength(2);
  });
});
