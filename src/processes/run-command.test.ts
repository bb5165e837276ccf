import { tmpdir } from 'node:os';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { GroupMemory } from './group-memory.ts';
import { runCommand } from './run-command.ts';

const options = { folder: tmpdir(), env: {}, timeoutMs: 30_000, secrets: [] };
const never = new AbortController().signal;
afterEach(() => vi.restoreAllMocks());

describe('a command that may take so much memory', () => {
  test.runIf(GroupMemory.isTold)(
    'is ended when it takes more, and told apart from one whose time was up',
    async () => {
      const script = 'const all = []; setInterval(() => all.push(Buffer.alloc(1e7, 1)), 5)';
      const outcome = await runCommand(
        process.execPath,
        ['-e', script],
        { ...options, memoryBytes: 120e6 },
        never,
      );
      expect(outcome).toEqual({ kind: 'exceeded', bytes: expect.any(Number) as number });
      if (outcome.kind === 'exceeded') expect(outcome.bytes).toBeGreaterThan(120e6);
    },
  );

  test.runIf(GroupMemory.isTold)('is left alone while it takes less', async () => {
    const outcome = await runCommand(process.execPath, ['-e', '0'], { ...options, memoryBytes: 1e9 }, never);
    expect(outcome).toMatchObject({ kind: 'exited', code: 0 });
  });

  test('is not run at all where nobody can tell', async () => {
    vi.spyOn(GroupMemory, 'isTold', 'get').mockReturnValue(false);
    const outcome = await runCommand('/absent', [], { ...options, memoryBytes: 1e9 }, never);
    expect(outcome).toEqual({ kind: 'unmeasured' });
  });
});
