import type { ReportData } from '../src/reporters/html.ts';
import { Engine, type Answers, type Question } from './engine.ts';
import { reply, type Message, type Reply } from './worker.ts';

interface Waiting {
  readonly id: number;
  /** The question as a text: the same for all that ask the same. */
  readonly key: string;
  /** Whoever still wants to know. */
  readonly askers: Set<object>;
  readonly question: Question;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Answers that are kept: who goes back to a view does not wait for it again. */
const MOST_KEPT = 24;

/** Whoever answers: the worker, or the page's own thread where there can be none. */
type Server = (message: Extract<Message, { id: number }>) => void;

/**
 * Asks the engine, one question at a time. Who asks anew gives up what he asked before, where it still waits: who clicks faster than
 * the engine answers wants the last answer. What others wait for stays.
 */
export class EngineClient {
  private readonly waiting: Waiting[] = [];
  private asked: Waiting | undefined;
  private nextId = 1;
  private readonly data: ReportData;
  private readonly script: string;
  /** By question. */
  private readonly known = new Map<string, Promise<unknown>>();
  private server: Server | undefined;
  private own: Engine | undefined;

  constructor(data: ReportData, script: string) {
    this.data = data;
    this.script = script;
  }

  /** Readies whoever answers; the first question does it too. */
  start(): Server {
    this.server ??=
      startWorker(this.data, this.script, {
        onReply: (answer) => this.answered(answer),
        onEnd: () => this.withoutWorker(),
      }) ?? this.ownThread();
    return this.server;
  }

  /** The worker is gone: what it was asked is answered here, and all that follows. */
  private withoutWorker(): void {
    this.server = this.ownThread();
    if (this.asked !== undefined) this.server({ id: this.asked.id, question: this.asked.question });
  }

  /**
   * Several may ask the same.
   *
   * @param asker waits for one answer at a time
   * @returns undefined when nobody wants it any more
   */
  ask<Kind extends Question['kind']>(
    question: Question & { kind: Kind },
    asker: object,
  ): Promise<Answers[Kind] | undefined> {
    const key = JSON.stringify(question);
    const waiting = this.waiting.find((one) => one.key === key);
    waiting?.askers.add(asker);
    const known = this.known.get(key) ?? this.askAnew(question, key, asker);
    this.giveUp(asker, key);
    this.known.delete(key);
    this.known.set(key, known);
    const [oldest] = this.known.keys();
    if (this.known.size > MOST_KEPT && oldest !== undefined) this.known.delete(oldest);
    const forget = (): void => {
      if (this.known.get(key) === known) this.known.delete(key);
    };
    known.then((answer) => answer === undefined && forget(), forget);
    // The engine answers a question of a kind with an answer of that kind.
    return known as Promise<Answers[Kind] | undefined>;
  }

  private askAnew(question: Question, key: string, asker: object): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ id: this.nextId++, key, askers: new Set([asker]), question, resolve, reject });
      this.next();
    });
  }

  /** What an asker waits for besides: it is dropped where nobody else does. */
  private giveUp(asker: object, but: string): void {
    for (const one of [...this.waiting]) {
      if (one.key === but || !one.askers.delete(asker) || one.askers.size > 0) continue;
      this.waiting.splice(this.waiting.indexOf(one), 1);
      this.known.delete(one.key);
      one.resolve(undefined);
    }
  }

  /** Answers at once, in the page's own thread: the page stands still meanwhile. Undefined where there is no answer. */
  answerNow<Kind extends Question['kind']>(question: Question & { kind: Kind }): Answers[Kind] | undefined {
    this.own ??= new Engine(this.data);
    const answered = reply(this.own, 0, question);
    if ('answer' in answered) this.known.set(JSON.stringify(question), Promise.resolve(answered.answer));
    return 'answer' in answered ? (answered.answer as Answers[Kind]) : undefined; // of the kind that was asked
  }

  private next(): void {
    if (this.asked !== undefined) return;
    // Figures first: a view that is solved for long must not hold them up.
    const first = this.waiting.findIndex(({ question }) => question.kind === 'assess');
    [this.asked] = this.waiting.splice(Math.max(0, first), 1);
    if (this.asked !== undefined) this.start()({ id: this.asked.id, question: this.asked.question });
  }

  private answered(answer: Reply): void {
    const { asked } = this;
    if (asked === undefined || asked.id !== answer.id) return;
    this.asked = undefined;
    if ('error' in answer) asked.reject(new Error(answer.error));
    else asked.resolve(answer.answer);
    this.next();
  }

  private ownThread(): Server {
    this.own ??= new Engine(this.data);
    const engine = this.own;
    return ({ id, question }) => {
      setTimeout(() => this.answered(reply(engine, id, question)));
    };
  }
}

interface WorkerListener {
  readonly onReply: (reply: Reply) => void;
  /** It was not allowed, or it broke: no reply will come. */
  readonly onEnd: () => void;
}

/** A worker that runs the page's own script; undefined where the browser allows none. */
function startWorker(
  data: ReportData,
  script: string,
  { onReply, onEnd }: WorkerListener,
): Server | undefined {
  try {
    const url = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
    const worker = new Worker(url);
    const end = (): void => {
      worker.terminate();
      onEnd();
    };
    worker.onmessage = ({ data: answer }: MessageEvent<Reply>) => onReply(answer);
    worker.onerror = end;
    worker.onmessageerror = end;
    worker.postMessage({ data } satisfies Message);
    return (message) => worker.postMessage(message);
  } catch {
    return undefined;
  }
}
