/** The start of the names of what the rules record of an operation. */
export const OPERATION_SECONDS = 'region_operation:pglatency_operation_seconds';

/** 1 for a database that was slow from all regions at some moment of a window. */
export const wasAllSlow = (window: string) =>
  `max_over_time(target:pglatency_all_regions_slow:bool[${window}])`;
