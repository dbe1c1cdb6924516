import { createParser } from 'eventsource-parser';

export interface ServerSentEvent {
  readonly event: string | undefined;
  readonly data: unknown;
}

/** Reads a stream of server-sent events to its end; the data of each is JSON. */
export async function readEvents(response: Response): Promise<ServerSentEvent[]> {
  const events: ServerSentEvent[] = [];
  const parser = createParser({
    onEvent: ({ event, data }) => events.push({ event, data: JSON.parse(data) as unknown }),
  });
  parser.feed(await response.text());
  return events;
}
