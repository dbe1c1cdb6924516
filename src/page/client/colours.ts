import type { FleetLine } from './api.js';

/** Gives an element and what is in it a region's colour; null: grey. */
export function colourAs(element: HTMLElement, colour: FleetLine['colour']): void {
  element.style.setProperty('--hue', String(colour?.hue ?? 0));
  element.style.setProperty('--shade', String(colour?.shade ?? 0));
  element.style.setProperty('--chroma', colour === null ? '0' : '1');
}

/** A custom colour of the style sheet, for a canvas. */
export function styleOf(element: Element, name: string): string {
  return getComputedStyle(element).getPropertyValue(name).trim();
}
