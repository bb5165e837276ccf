/** One value of DER (X.690): its tag, and where its content lies. */
export interface DerValue {
  readonly tag: number;
  readonly content: Buffer;
}

/** The values that stand one after the other; what cannot be read ends them. At most 2,000. */
export function derValues(bytes: Buffer): DerValue[] {
  const values: DerValue[] = [];
  let at = 0;
  while (at + 2 <= bytes.length && values.length < 2_000) {
    const tag = bytes[at] ?? 0;
    const first = bytes[at + 1] ?? 0;
    const size = first < 0x80 ? 0 : first & 0x7f;
    // Lengths of more than three octets are of what no certificate holds.
    if (first === 0x80 || size > 3 || at + 2 + size > bytes.length) break;
    const length = size === 0 ? first : bytes.readUIntBE(at + 2, size);
    const start = at + 2 + size;
    if (start + length > bytes.length) break;
    values.push({ tag, content: bytes.subarray(start, start + length) });
    at = start + length;
  }
  return values;
}

export const DER = { OID: 0x06, OCTETS: 0x04, SEQUENCE: 0x30 } as const;
