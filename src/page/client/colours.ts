/** Gives an element and what is in it a region's colour; without a hue it is grey. */
export function colourAs(element: HTMLElement, hue: number | null): void {
  element.style.setProperty('--hue', String(hue ?? 0));
  element.style.setProperty('--chroma', hue === null ? '0' : '1');
}

/** A custom colour of the style sheet, for a canvas. */
export function styleOf(element: Element, name: string): string {
  return getComputedStyle(element).getPropertyValue(name).trim();
}
