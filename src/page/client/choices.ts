import { el } from './dom.js';

let nextId = 1;

/** A group of radio buttons that look like one switch. */
export function createChoices(
  label: string,
  values: readonly (readonly [string, string])[],
  chosen: string,
  onChoice: (value: string) => void,
) {
  const name = `choice-${nextId++}`;
  const inputs = values.map(([text, value]) => {
    const input = el('input', { type: 'radio', name, value });
    input.checked = value === chosen;
    input.addEventListener('change', () => onChoice(value));
    return [input, el('label', {}, input, el('span', {}, text))] as const;
  });
  return {
    element: el(
      'div',
      { class: 'choices', role: 'radiogroup', 'aria-label': label },
      ...inputs.map(([, it]) => it),
    ),
    select(value: string) {
      for (const [input] of inputs) input.checked = input.value === value;
    },
  };
}
