const CODES = { bold: 1, red: 31, green: 32, yellow: 33 } as const;
export type Style = keyof typeof CODES;

/** A text as it looks on a terminal that has colours; unchanged elsewhere. */
export function style(name: Style, text: string, { colour }: { readonly colour: boolean }): string {
  return colour ? `\u001b[${CODES[name]}m${text}\u001b[0m` : text;
}
