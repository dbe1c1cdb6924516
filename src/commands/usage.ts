import { InvalidArgumentError } from 'commander';
import { messageOf } from '../base/errors.js';

/** A parser's error as wrong usage of the option. A repeatable option's parser is given what came before. */
export function usage<Rest extends readonly unknown[], T>(
  parse: (text: string, ...previous: Rest) => T,
): (text: string, ...previous: Rest) => T {
  return (text, ...previous) => {
    try {
      return parse(text, ...previous);
    } catch (error) {
      throw new InvalidArgumentError(messageOf(error));
    }
  };
}
