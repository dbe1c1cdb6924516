import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Window } from '../frames.js';
import type { GrafanaData } from '../library.js';

/** What is drawn: handed to the page in the browser. */
export interface Scene {
  /** Of Prometheus. */
  readonly url: string;
  readonly window: Window;
  readonly dashboard: Dashboard;
  /** Of the variables, by their name. */
  readonly chosen: Readonly<Record<string, string>>;
  /** Pixels. */
  readonly width: number;
}

export type Element = unknown;

/** What we use of React and of @grafana/ui, whose types are not at hand either. */
export interface Libraries {
  readonly react: {
    createElement(
      type: unknown,
      props: Readonly<Record<string, unknown>> | null,
      ...children: readonly Element[]
    ): Element;
  };
  readonly data: GrafanaData;
  readonly ui: Readonly<Record<string, unknown>>;
}

/** Below this width Grafana puts one panel under the other. */
export const PHONE_BELOW = 769;
/** The padding around the panels. */
export const MARGIN = 16;
