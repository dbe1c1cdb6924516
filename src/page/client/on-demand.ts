import type { BenchmarkAnswer, ProgressEvent } from '../../api/answers.js';
import { errorOf } from './api.js';
import { el, setText } from './dom.js';
import { milliseconds, plural } from './format.js';
import { readStream } from './stream.js';

const ITERATIONS = ['5', '10', '25', '50', '100'];
/** Of ping, select and insert in a round; and one connect. */
const OPERATIONS_A_ROUND = 3;

/** For as long as the page is open; kept nowhere else. */
let token: string | null = null;

/** The button for a run on demand, its progress and its result. */
export function createOnDemand(tokenRequired: () => boolean) {
  const { form, choice, tokenField, button } = createForm();
  const bar = el('progress', { max: '1', value: '0', 'aria-label': 'Progress of the run' });
  const message = el('p', { class: 'run-message', role: 'status' });
  const result = el('div', { class: 'run-result' });
  const element = el('section', { class: 'card run' }, el('h3', {}, 'Run on demand'));
  element.append(form, bar, message, result);
  bar.hidden = true;
  tokenField.hidden = token !== null || !tokenRequired();
  let running: AbortController | null = null;

  const run = async (signal: AbortSignal) => {
    let done = 0;
    const onProgress = (event: ProgressEvent) => {
      // Own queries are as many as the target has; the bar goes by what every run has.
      if (!event.operation.startsWith('query_')) done += 1;
      bar.value = done / (Number(choice.value) * OPERATIONS_A_ROUND + 1);
      const figure = event.ok ? `${milliseconds(event.duration_ms)} ms` : (event.reason ?? '');
      setText(message, `${event.operation} ${event.round} of ${event.rounds}: ${figure}`);
    };
    const answer = await requestRun(choice.value, token, onProgress, signal);
    setText(message, describe(answer));
    result.replaceChildren(renderResult(answer));
  };

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (running !== null) {
      running.abort();
      return;
    }
    if (tokenField.value !== '') token = tokenField.value;
    running = new AbortController();
    const { signal } = running;
    result.replaceChildren();
    bar.value = 0;
    bar.hidden = false;
    setText(message, 'Waiting for the database …');
    setText(button, 'Stop');
    run(signal)
      .then(() => (tokenField.hidden = true))
      .catch((error: unknown) => {
        setText(message, signal.aborted ? 'Stopped.' : (error as Error).message);
        if (!(error instanceof UnauthorizedError)) return;
        token = null;
        tokenField.hidden = false;
        tokenField.value = '';
        tokenField.focus();
      })
      .finally(() => {
        running = null;
        bar.hidden = true;
        setText(button, 'Run now');
      });
  });

  return { element, close: () => running?.abort() };
}

function createForm() {
  const choice = el('select', { 'aria-label': 'Rounds' });
  for (const count of ITERATIONS) choice.append(el('option', { value: count }, `${count} rounds`));
  choice.value = '10';
  const tokenField = el('input', {
    type: 'password',
    autocomplete: 'off',
    placeholder: 'API token',
    'aria-label': 'API token',
  });
  const button = el('button', { type: 'submit', class: 'primary' }, 'Run now');
  const form = el('form', { class: 'run-form' }, choice, tokenField, button);
  return { form, choice, tokenField, button };
}

class UnauthorizedError extends Error {}

/** @throws Error for people; UnauthorizedError when a token is needed, or another one. */
async function requestRun(
  iterations: string,
  bearer: string | null,
  onProgress: (event: ProgressEvent) => void,
  signal: AbortSignal,
): Promise<BenchmarkAnswer> {
  const answer = await fetch(`api/benchmark?iterations=${iterations}`, {
    method: 'POST',
    signal,
    headers: {
      Accept: 'text/event-stream',
      ...(bearer !== null && { Authorization: `Bearer ${bearer}` }),
    },
  });
  if (!answer.ok) {
    const why = errorOf(await answer.json().catch(() => null)) ?? `status ${answer.status}`;
    throw answer.status === 401 ? new UnauthorizedError(why) : new Error(why);
  }
  for await (const { event, data } of readStream(answer)) {
    if (event === 'progress') onProgress(data as ProgressEvent);
    if (event === 'result') return data as BenchmarkAnswer;
    if (event === 'error') throw new Error(errorOf(data) ?? 'the run failed');
  }
  throw new Error('the backend ended the run without a result');
}

function describe({ iterations, duration_ms, failures }: BenchmarkAnswer): string {
  const failed = failures.reduce((sum, { count }) => sum + count, 0);
  const rounds = `${plural(iterations, 'round')} in ${(duration_ms / 1_000).toFixed(1)} s`;
  return failed === 0 ? `${rounds}, no failure.` : `${rounds}, ${plural(failed, 'failure')}.`;
}

function renderResult(answer: BenchmarkAnswer): HTMLElement {
  const line = (name: string, ...values: (number | null)[]) =>
    el(
      'tr',
      {},
      el('th', { scope: 'row' }, name),
      ...values.map((ms) => el('td', {}, milliseconds(ms))),
    );
  const heads = ['', 'p50', 'p95', 'min', 'max'].map((name) => el('th', { scope: 'col' }, name));
  const a = answer;
  return el(
    'table',
    { class: 'figures' },
    el('caption', {}, 'Milliseconds'),
    el('thead', {}, el('tr', {}, ...heads)),
    el(
      'tbody',
      {},
      line('Read', a.read_p50_ms, a.read_p95_ms, a.read_min_ms, a.read_max_ms),
      line('Insert', a.insert_p50_ms, a.insert_p95_ms, a.insert_min_ms, a.insert_max_ms),
      line('Ping', a.ping_p50_ms, a.ping_p95_ms, a.ping_min_ms, a.ping_max_ms),
      line('Connect', a.connect_ms, null, null, null),
    ),
  );
}
