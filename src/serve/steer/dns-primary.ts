import { KeelsonError } from '../../errors.ts';
import { OPCODE, type DecodedMessage, type DnsMessage } from '../../dns/message.ts';
import type { DnsName } from '../../dns/name.ts';
import { CLASS, TYPE, type DnsRecord } from '../../dns/record.ts';
import { askByTcp, askByUdp, codeText, serverText, type ExchangeOptions } from './dns-exchange.ts';
import {
  changeNothing,
  onlyIf,
  onlyIfAlone,
  replace,
  STEERED,
  standingIn,
  type Standing,
  type SteeredType,
} from './dns-zone.ts';

export interface DnsPrimaryOptions extends ExchangeOptions {
  readonly zone: DnsName;
  /** In the zone. */
  readonly name: DnsName;
  /** The id of a message, 0 to 65,535. */
  readonly messageId: () => number;
}

/** One name at the primary of its zone. All that is asked is signed, and all that is answered is checked. */
export class DnsPrimary {
  private readonly options: DnsPrimaryOptions;

  constructor(options: DnsPrimaryOptions) {
    this.options = options;
  }

  /** What stands at the name. */
  async look(signal: AbortSignal): Promise<Standing> {
    const ask = async (type: SteeredType): Promise<[SteeredType, readonly DnsRecord[]]> => {
      const answer = await this.query(this.options.name, TYPE[type], signal);
      return [type, answer.answers];
    };
    const answers = Object.fromEntries(await Promise.all(STEERED.map(ask)));
    return standingIn(this.options.name, { A: [], AAAA: [], CNAME: [], ...answers });
  }

  /** @throws KeelsonError `wheel-refused` when the server has no such zone */
  async checkZone(signal: AbortSignal): Promise<void> {
    const { answers } = await this.query(this.options.zone, TYPE.SOA, signal);
    if (answers.some(({ name, type }) => name === this.options.zone && type === TYPE.SOA)) return;
    throw new KeelsonError(
      'wheel-refused',
      `${serverText(this.options.server)} has no zone ${this.options.zone}.`,
      {
        hint: 'Name the zone that holds the name, and its primary.',
      },
    );
  }

  /**
   * What stands at the name, once the key has been found to be allowed to change it. Nothing is changed.
   * @param types that it must be allowed to change, besides those that stand there
   */
  async checkRights(types: readonly SteeredType[], signal: AbortSignal): Promise<Standing> {
    for (let attempt = 0; ; attempt++) {
      const standing = await this.look(signal);
      const touched = STEERED.filter((type) => types.includes(type) || standing[type].values.length > 0);
      const updates = changeNothing(this.options.name, touched, standing);
      const { code } = await this.send(this.conditions(standing, types.includes('CNAME')), updates, signal);
      if (code === 0) return standing;
      if (!MOVED.has(code)) throw this.refused(code);
      // Once, it may have been changed between the two.
      if (attempt > 0) throw this.inTheWay();
    }
  }

  /**
   * Puts one in the place of the other, in one step.
   * @returns `moved`: nothing has been changed, for something else stands there
   * @throws KeelsonError as `askByTcp`; `wheel-refused`
   */
  async replace(seen: Standing, wanted: Standing, signal: AbortSignal): Promise<'done' | 'moved'> {
    const { name } = this.options;
    const conditions = this.conditions(seen, wanted.CNAME.values.length > 0);
    const { code } = await this.send(conditions, replace(name, seen, wanted), signal);
    if (MOVED.has(code)) return 'moved';
    if (code !== 0) throw this.refused(code);
    return 'done';
  }

  /** For a change that is refused as if somebody had changed the name, which nobody has. */
  inTheWay(): KeelsonError {
    const { name } = this.options;
    return new KeelsonError(
      'wheel-refused',
      `${name} has records of other types, or a wildcard answers for it.`,
      {
        hint: 'Give the name A, AAAA or CNAME records of its own, and none of other types where it may become a CNAME.',
      },
    );
  }

  private conditions(standing: Standing, isAlone: boolean): DnsRecord[] {
    const { name } = this.options;
    return [...onlyIf(name, standing), ...(isAlone ? onlyIfAlone(name) : [])];
  }

  private async query(name: DnsName, type: number, signal: AbortSignal): Promise<DecodedMessage> {
    const question = { name, type, class: CLASS.IN };
    const message = this.message(OPCODE.QUERY, { questions: [question] });
    const answer = await askByUdp(message, this.options, signal);
    if (answer.code !== 0 && answer.code !== NXDOMAIN) throw this.refused(answer.code);
    if (answer.isAuthoritative) return answer;
    throw new KeelsonError(
      'wheel-refused',
      `${serverText(this.options.server)} does not answer for ${this.options.zone} itself.`,
      { hint: 'Name the primary of the zone, not a resolver.' },
    );
  }

  private send(
    answers: readonly DnsRecord[],
    authorities: readonly DnsRecord[],
    signal: AbortSignal,
  ): Promise<DecodedMessage> {
    const zone = { name: this.options.zone, type: TYPE.SOA, class: CLASS.IN };
    const message = this.message(OPCODE.UPDATE, { questions: [zone], answers, authorities });
    return askByTcp(message, this.options, signal);
  }

  private message(opcode: number, sections: Partial<DnsMessage>): DnsMessage {
    return {
      id: this.options.messageId(),
      opcode,
      isAnswer: false,
      isAuthoritative: false,
      isTruncated: false,
      code: 0,
      questions: [],
      answers: [],
      authorities: [],
      additionals: [],
      ...sections,
    };
  }

  private refused(code: number): KeelsonError {
    const { server } = this.options;
    return new KeelsonError(
      'wheel-refused',
      `The name server ${serverText(server)} answers ${codeText(code)} for ${this.options.name}.`,
      { hint: HINTS[codeText(code)] ?? `Look into its log for the key ${server.key.name}.` },
    );
  }
}

const NXDOMAIN = 3;
/** NXDOMAIN, YXDOMAIN, YXRRSET, NXRRSET: a prerequisite does not hold. */
const MOVED: ReadonlySet<number> = new Set([NXDOMAIN, 6, 7, 8]);

const HINTS: Readonly<Record<string, string>> = {
  REFUSED: 'Let the key update the A, AAAA and CNAME records of the name.',
  NOTAUTH: 'Name the primary of the zone, and let the key update it.',
  NOTZONE: 'Name the zone that holds the name.',
  NOTIMP: 'Switch dynamic updates on at the name server.',
  SERVFAIL: 'Look into the log of the name server: it cannot write its zone, or cannot reach what holds it.',
};
