/** Wrong usage: an option's value. */
export class AuditUsageError extends Error {
  override readonly name = 'AuditUsageError';
}
