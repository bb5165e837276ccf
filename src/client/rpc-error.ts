/**
 * Why a call came to nothing, as EIP-1193 has it: `code` and `data` are those of the answer where nodes gave one (JSON-RPC 2.0, EIP-1474),
 * such as 3 with the data of a revert.
 *
 * Of the pool itself: -32601 a method that is not offered, -32602 parameters that cannot be read, -32002 no node is there, -32010 nodes do not
 * agree, -32603 no node could answer, 4900 the pool was stopped.
 */
export class RpcError extends Error {
  override readonly name: string = 'RpcError';
  readonly code: number;
  readonly data: unknown;

  constructor(code: number, message: string, data?: unknown) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

/** Errors of the pool itself that a node cannot give. */
export const CODE = { params: -32602, internal: -32603, unsupported: 4200, disconnected: 4900 } as const;

/** The error that a raw text says, as far as it can be read. */
export function errorOf(text: string): RpcError {
  const value = JSON.parse(text) as unknown;
  if (typeof value !== 'object' || value === null) return new RpcError(CODE.internal, text.slice(0, 200));
  const { code, message, data } = value as Readonly<Record<string, unknown>>; // an object, as just checked
  return new RpcError(
    typeof code === 'number' ? code : CODE.internal,
    typeof message === 'string' ? message : 'A node says that it failed, and not why.',
    data,
  );
}
