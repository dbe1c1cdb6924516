/** One server-sent event. */
export interface StreamEvent {
  readonly event: string;
  readonly data: unknown;
}

/**
 * The events of an answer, as they come. An EventSource could not send a token.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export async function* readStream(answer: Response): AsyncGenerator<StreamEvent> {
  if (answer.body === null) return;
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split(/\r?\n\r?\n/);
    rest = blocks.pop() ?? '';
    for (const block of blocks) yield parseBlock(block);
  }
}

function parseBlock(block: string): StreamEvent {
  const fields = block.split(/\r?\n/).map((line) => /^([^:]*): ?(.*)$/.exec(line));
  const valueOf = (name: string) =>
    fields.flatMap((field) => (field?.[1] === name ? [field[2] ?? ''] : [])).join('\n');
  return { event: valueOf('event') || 'message', data: JSON.parse(valueOf('data') || 'null') };
}
