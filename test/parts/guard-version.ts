/** The bytes of version n: whoever has a part of them can be told from whoever has them all. */
export function makeVersion(n: number): Buffer {
  const lines = `${n}
`.repeat(2000 + ((n * 7919) % 30_000));
  return Buffer.from(`${lines}end
`);
}

/** The number of the version that these bytes are, all of them; undefined when they are none. */
export function versionOf(bytes: Buffer): number | undefined {
  const n = Number.parseInt(bytes.toString('latin1', 0, 20), 10);
  return Number.isNaN(n) || !makeVersion(n).equals(bytes) ? undefined : n;
}
