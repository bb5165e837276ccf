import type { ReportData } from '../src/reporters/html.ts';
import { Engine, type Question } from './engine.ts';

/** What the page sends to its worker: first the data, then questions. */
export type Message = { readonly data: ReportData } | { readonly id: number; readonly question: Question };

/** What comes back for a question. */
export type Reply =
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly error: string };

/** The part of a worker's surroundings that is used. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<Message>) => void) | null;
  postMessage(reply: Reply): void;
}

/** Answers one question after the other, away from the page's own thread. */
export function serveWorker(scope: WorkerScope): void {
  let engine: Engine | undefined;
  scope.onmessage = ({ data: message }) => {
    if ('data' in message) engine = new Engine(message.data);
    else if (engine !== undefined) scope.postMessage(reply(engine, message.id, message.question));
  };
}

export function reply(engine: Engine, id: number, question: Question): Reply {
  try {
    return { id, answer: engine.answer(question) };
  } catch (error) {
    return { id, error: error instanceof Error ? error.message : String(error) };
  }
}
