import type { ScalarTag } from 'yaml';

/** CloudFormation's short forms, `!Ref Vpc`, as `{ Ref: 'Vpc' }`. */
export const CLOUDFORMATION: ScalarTag[] = ['Ref', 'Sub', 'GetAtt'].map((name) => ({
  tag: `!${name}`,
  resolve: (text) => ({ [name]: text }),
}));
