import { KeelsonError } from '../../errors.ts';
import { checkFile, loadContract, type Contract, type Facts } from '../../guard/index.ts';
import { problemLine } from '../input.ts';

/** What a plan file is held to before it is read as a plan: who has signed it, that its version rises, how much it may change. */
export class PlanContract {
  private readonly contract: Contract;

  private constructor(contract: Contract) {
    this.contract = contract;
  }

  /** @throws KeelsonError `contract-unusable` with all that is wrong with it */
  static async load(file: string): Promise<PlanContract> {
    const { contract, problems } = await loadContract(file);
    if (contract === undefined)
      throw new KeelsonError('contract-unusable', problems.map(problemLine).join('\n'), {
        hint: 'What a contract says: docs/guard.md',
      });
    if (contract.format === 'yaml' || contract.format === 'json') return new PlanContract(contract);
    throw new KeelsonError(
      'contract-unusable',
      `Expected a contract of yaml or json for a plan, found ${contract.format} in ${file}.`,
    );
  }

  /**
   * @param digest of the text that is to be judged: what the file holds by now is not that if somebody is writing
   * @param last of the plan in force
   */
  async check(
    file: string,
    digest: string,
    last: Facts | null,
  ): Promise<{ readonly wrong: readonly string[]; readonly facts: Facts | null }> {
    const options = { now: Date.now(), ...(last === null ? {} : { last }) };
    const { facts, violations } = await checkFile(file, this.contract, options);
    const wrong = violations.map(({ code, message, line, column }) =>
      line === null ? `${code}  ${message}` : `${file}:${line}:${column ?? 1}  ${code}  ${message}`,
    );
    if (wrong.length === 0 && facts?.digest !== digest)
      wrong.push('It changes while it is read, or begins with a byte order mark.');
    return { wrong, facts };
  }
}
