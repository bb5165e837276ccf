/** A moment as ISO 8601 in UTC, with milliseconds only where there are some. */
export function isoTime(time: number): string {
  return new Date(Math.round(time)).toISOString().replace('.000Z', 'Z');
}
