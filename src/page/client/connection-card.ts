import type { Connection, FleetLine, RegionReads, TargetReading } from './api.js';
import {
  describeAddress,
  describeEncryption,
  describeEnd,
  PHASE_NAMES,
  type Phase,
} from './connection-words.js';
import { el } from './dom.js';
import { ABSENT, milliseconds } from './format.js';

const HOUR_MS = 3_600_000;

/** Where the time of each target's latest new connection went, and what it told of itself. */
export function createConnectionCard() {
  const content = el('div', { class: 'connections' });
  const element = el(
    'section',
    { class: 'card connection-card' },
    el('h3', {}, 'A new connection'),
    content,
  );
  let shown = '';
  return {
    element,
    /** @param nowMs by the backend's clock, milliseconds since the epoch */
    update(line: FleetLine, reads: RegionReads | undefined, nowMs: number) {
      const targets = reads?.targets ?? [];
      const figures = targets.map(({ age_ms, ...figures }) => [age_ms === null, figures]);
      const text = JSON.stringify([line.state, figures, Math.floor(nowMs / HOUR_MS)]);
      if (text === shown) return;
      shown = text;
      element.classList.toggle('wide', targets.length > 1);
      const scaleMs = Math.max(1e-9, ...targets.map(lengthOf));
      content.replaceChildren(
        ...targets.map((target) =>
          el(
            'div',
            {},
            ...(targets.length > 1 ? [el('h4', {}, target.target)] : []),
            ...renderTarget(target, scaleMs, nowMs),
          ),
        ),
        ...(targets.length === 0 ? [el('p', {}, whyNothing(line.state === 'waiting'))] : []),
      );
    },
  };
}

function renderTarget(target: TargetReading, scaleMs: number, nowMs: number): HTMLElement[] {
  const { connection, connect_ms, connect_failure } = target;
  const total = el(
    'p',
    { class: 'connection-total' },
    el('b', {}, connect_ms === null ? ABSENT : `${milliseconds(connect_ms)} ms`),
    connection === null ? '' : ` to ${describeAddress(connection)}`,
  );
  if (connection !== null) {
    return [
      total,
      renderBar(connection, scaleMs),
      renderPhases(connection),
      renderFacts(target, connection, nowMs),
    ];
  }
  if (connect_failure !== null) {
    const { reason, message } = connect_failure;
    const mark = el('span', { class: 'mark', 'data-urgency': 'urgent' }, wordsOf(reason));
    const why = el(
      'p',
      { class: 'connection-failure' },
      mark,
      ` The latest one failed: ${message}`,
    );
    return [why, renderFacts(target, null, nowMs)];
  }
  if (connect_ms === null) return [el('p', {}, whyNothing(target.age_ms === null))];
  return [total, el('p', {}, 'This backend has an older version that reports no phases.')];
}

function whyNothing(isWaiting: boolean): string {
  return isWaiting ? 'No run yet.' : 'No connection was measured.';
}

/** In the order in which they happen; null: this connection had no such phase. */
function phasesOf(connection: Connection): [Phase, number | null][] {
  return [
    ['dns', connection.dns_ms],
    ['tcp', connection.tcp_ms],
    ['tls', connection.tls_ms],
    ['startup', connection.startup_ms],
  ];
}

/** With the look-up before it. */
function lengthOf({ connection }: TargetReading): number {
  if (connection === null) return 0;
  return phasesOf(connection).reduce((sum, [, ms]) => sum + (ms ?? 0), 0);
}

function renderBar(connection: Connection, scaleMs: number): HTMLElement {
  const bar = el('span', { class: 'phase-bar', 'aria-hidden': 'true' });
  for (const [phase, ms] of phasesOf(connection)) {
    if (ms === null) continue;
    const piece = el('span', { class: `phase-${phase}` });
    piece.style.width = `${((ms / scaleMs) * 100).toFixed(2)}%`;
    bar.append(piece);
  }
  return bar;
}

function renderPhases(connection: Connection): HTMLElement {
  const list = el('dl', { class: 'phases' });
  for (const [phase, ms] of phasesOf(connection)) {
    // An address needs no look-up; that there is no TLS is worth a line.
    if (phase === 'dns' && ms === null) continue;
    const name = el('dt', {}, el('i', { class: `phase-${phase}` }), PHASE_NAMES[phase]);
    list.append(
      el('div', {}, name, el('dd', {}, ms === null ? 'no TLS' : `${milliseconds(ms)} ms`)),
    );
  }
  return list;
}

function renderFacts(
  { pooler, failed_attempts }: TargetReading,
  connection: Connection | null,
  nowMs: number,
): HTMLElement {
  const list = el('dl', { class: 'facts' });
  const fact = (name: string, ...values: (Node | string)[]) =>
    list.append(el('div', {}, el('dt', {}, name), el('dd', {}, ...values)));
  if (connection !== null) {
    fact('Encryption', describeEncryption(connection));
    const end = connection.certificate_not_after;
    if (end !== null) fact('Certificate', ...renderEnd(end, nowMs));
  }
  if (pooler) fact('Pooler', "a pooler answers: the startup is its own, not the database's");
  if (failed_attempts.length > 0) {
    const lines = failed_attempts.map(({ reason, count, message }) => {
      const name = `${wordsOf(reason)}${count > 1 ? ` ×${count}` : ''}`;
      const mark = el('span', { class: 'mark', 'data-urgency': 'soon' }, name);
      return el('li', {}, mark, `${count > 1 ? ' the latest:' : ''} ${message}`);
    });
    fact('Failed addresses', el('ul', {}, ...lines));
  }
  return list;
}

function renderEnd(end: string, nowMs: number): (Node | string)[] {
  const { text, urgency } = describeEnd(Date.parse(end), nowMs);
  const date = el('time', { datetime: end }, end.slice(0, 10));
  if (urgency === 'none') return [text, ', ', date];
  return [el('span', { class: 'mark', 'data-urgency': urgency }, text), ' ', date];
}

function wordsOf(reason: string): string {
  return reason.replaceAll('_', ' ');
}
