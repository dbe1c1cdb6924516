import { HISTORY_COLUMNS } from '../../src/runs/columns.js';
import { json, startStrangePeer, type latestOf, type StrangePeer } from './strange-peer.js';

/** What the peer answers on /api/latest, with runs of any shape. */
export type PagePeerAnswer = Omit<ReturnType<typeof latestOf>, 'runs' | 'country'> & {
  readonly runs: unknown;
  readonly country: string | null;
};

/** A peer whose detail the page can open: it has an answer, and no history yet. */
export function startPagePeer(answer: PagePeerAnswer): Promise<StrangePeer> {
  return startStrangePeer((res, { url }) =>
    json(url === '/api/history' ? noHistory(answer) : answer)(res),
  );
}

function noHistory({ runs, country, flag, ...answer }: PagePeerAnswer) {
  const columns = HISTORY_COLUMNS.map((name) => [name, [] as number[]] as const);
  return {
    ...{ ...answer, target: 'primary', capacity: 1_440, ended_at_s: [], iterations: [] },
    ...{ ...Object.fromEntries(columns), failures: [] },
  };
}
