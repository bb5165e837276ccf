/** Cuts a stream of TCP into messages of DNS, each behind its length in two octets (RFC 1035, section 4.2.2). */
export class Frames {
  private held = Buffer.alloc(0);

  /** @returns the messages that are whole now; what is held is less than one, at most 65,536 octets */
  take(chunk: Uint8Array): Buffer[] {
    let rest = Buffer.concat([this.held, chunk]);
    const messages: Buffer[] = [];
    while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
      const end = 2 + rest.readUInt16BE(0);
      messages.push(rest.subarray(2, end));
      rest = rest.subarray(end);
    }
    this.held = Buffer.from(rest);
    return messages;
  }
}

export function framed(message: Uint8Array): Buffer {
  const bytes = Buffer.alloc(2 + message.length);
  bytes.writeUInt16BE(message.length);
  bytes.set(message, 2);
  return bytes;
}
