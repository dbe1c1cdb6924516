import { InvalidArgumentError } from 'commander';
import { messageOf } from '../errors.js';

/** A parser's error as wrong usage of the option. */
export function usage<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      throw new InvalidArgumentError(messageOf(error));
    }
  };
}
