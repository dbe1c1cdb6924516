import { BYTE_MUTATIONS } from './bytes.js';
import { CONTENT_MUTATIONS } from './contents.js';
import { ENDINGS } from './endings.js';
import type { Mutation } from './mutation.js';
import { ORDER_MUTATIONS } from './order.js';

/** Every way to answer wrongly, by name. */
export const MUTATIONS: Readonly<Record<string, Mutation>> = {
  ...BYTE_MUTATIONS,
  ...ORDER_MUTATIONS,
  ...CONTENT_MUTATIONS,
  ...ENDINGS,
};
