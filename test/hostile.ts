/** What a name of a plan may hold to mislead: a bidi mark, a colour code, an end of line, markup of every format, what XML cannot say. */
const HOSTILE = 'a\u202eb\u001b[31m</script>]]>|`*_[x](y)&<!--\n# z\n```\u0000\ufffe\ud800"\'';

/** Fields that hold one of few words, or a moment. */
const CLOSED = /^(schema|environment|outcome|kind|as|injectedAt|restoredAt|startedAt|endedAt)$/;

/** The same with something hostile behind each text that comes from a plan, or from what runs. */
export function hostile<T>(value: T, key = ''): T {
  // Each kind of value comes back as what it was.
  if (typeof value === 'string') return (CLOSED.test(key) ? value : value + HOSTILE) as T;
  if (Array.isArray(value)) return value.map((one: unknown) => hostile(one, key)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, hostile(one, name)])) as T;
}
