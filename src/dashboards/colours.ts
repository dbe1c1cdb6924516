/** Lines that are no region and no state. */
export const LINE_COLOUR = '#8AB8FF';

/** Of lines beside each other, far enough apart to be told by their colour. */
export const LINE_COLOURS: readonly string[] = [
  LINE_COLOUR,
  '#C8841E',
  '#B877D9',
  '#37A2B0',
  '#B8BFCB',
  '#3D5FC4',
  '#D988B0',
  '#8C7B5A',
];

/** What a value says of its state, in every threshold. */
export const STATE_COLOURS = {
  normal: '#56A64B',
  notice: '#F2CC0C',
  warning: '#FF9830',
  alarm: '#E02F44',
  worst: '#8F1D2C',
  quick: '#5794F2',
  none: 'transparent',
  /** Not measured: neither good nor bad. */
  waiting: '#8E8E8E',
  unknown: '#A5B3C4',
  /** Nothing is heard, or nothing new: as bad as a failure. */
  unheard: '#9B3FC4',
} as const;
