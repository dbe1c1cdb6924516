/** A hue a region, neighbours on the map near each other on the wheel. */
const HUES: Readonly<Record<string, number>> = {
  fra: 215,
  lhr: 250,
  cdg: 288,
  iad: 175,
  ord: 150,
  lax: 125,
  gru: 90,
  sin: 60,
  nrt: 30,
  syd: 350,
};

/** Gives an element and what is in it the region's colour; a region outside the list is grey. */
export function colourAs(element: HTMLElement, region: string): void {
  const hue = Object.hasOwn(HUES, region) ? HUES[region] : undefined;
  element.style.setProperty('--hue', String(hue ?? 0));
  element.style.setProperty('--chroma', hue === undefined ? '0' : '1');
}

/** A custom colour of the style sheet, for a canvas. */
export function styleOf(element: Element, name: string): string {
  return getComputedStyle(element).getPropertyValue(name).trim();
}
