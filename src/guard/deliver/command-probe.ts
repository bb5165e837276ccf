import { plainEnvironment } from '../../processes/environment.ts';
import { runCommand } from '../../processes/run-command.ts';
import type { Asker, ProbeRule, Seen } from './probe.ts';
import { shown } from './shown.ts';

/** Well when the command ends with 0 in time. */
export class CommandProbe implements Asker {
  private readonly rule: Extract<ProbeRule, { kind: 'command' }>;
  private readonly timeoutMs: number;

  constructor(rule: Extract<ProbeRule, { kind: 'command' }>, timeoutMs: number) {
    this.rule = rule;
    this.timeoutMs = timeoutMs;
  }

  async ask(signal: AbortSignal): Promise<Seen> {
    const { command, folder } = this.rule;
    const { timeoutMs } = this;
    const [program, ...args] = command;
    const options = { folder, env: plainEnvironment(), timeoutMs, secrets: [] };
    const outcome = await runCommand(program, args, options, signal);
    switch (outcome.kind) {
      case 'unstarted':
        return { kind: 'none', words: `cannot be run: the system says ${outcome.code}` };
      case 'ended':
        return signal.aborted
          ? { kind: 'none', words: 'was called off' }
          : { kind: 'bad', words: `had not ended within ${timeoutMs} ms` };
      case 'killed':
        return { kind: 'bad', words: `was ended by ${outcome.signal}` };
      case 'exited': {
        const said = outcome.lastError === '' ? '' : `: ${shown(outcome.lastError)}`;
        return { kind: outcome.code === 0 ? 'good' : 'bad', words: `ended with ${outcome.code}${said}` };
      }
    }
  }
}
