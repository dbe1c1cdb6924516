import type { Window } from '../frames.js';
import { NOW, STEP, minutesAgo } from './series.js';
import type { Prepared } from './states.js';

/** The last hour of what is prepared. */
export const WINDOW: Window = { from: minutesAgo(60), to: NOW, step: STEP };

/** What a viewer of a state has chosen in a dashboard's variables. */
export function chosenIn(state: Prepared, file: string): Record<string, string> {
  return {
    fleet: state.name,
    target: state.target ?? state.targets[0]?.name ?? '',
    region: file === 'region.json' ? state.region : '.+',
    datasource: 'prometheus',
    __rate_interval: '4m',
    __url_time_range: 'from=now-6h&to=now',
  };
}
