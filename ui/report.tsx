import { createContext } from 'preact';
import { useContext, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Assessment } from '../src/assess/index.ts';
import type { ReportData } from '../src/reporters/html.ts';
import type { EngineClient } from './client.ts';
import type { Answers, Question, Subject } from './engine.ts';
import type { Action, View } from './view.ts';

/** What every part of the page may use. */
export interface Report {
  readonly data: ReportData;
  readonly client: EngineClient;
  readonly view: View;
  readonly act: (action: Action) => void;
  /** The whole report is being printed: every view is shown, with all of its rows. */
  readonly isPrinting: boolean;
}

export const ReportContext = createContext<Report | undefined>(undefined);

export function useReport(): Report {
  const report = useContext(ReportContext);
  if (report === undefined) throw new Error('A part of the page stands outside the page.');
  return report;
}

export interface Asked<Answer> {
  /** The last answer; it may be of the question before. */
  readonly answer: Answer | undefined;
  /** It is the answer of this very question. */
  readonly isFresh: boolean;
  readonly error: string | undefined;
}

/** The engine's answer to a question; null asks nothing. An answer that is known already is taken as it is. */
export function useAnswer<Kind extends Question['kind']>(
  question: (Question & { kind: Kind }) | null,
  known?: Answers[Kind],
): Asked<Answers[Kind]> {
  const { client, isPrinting } = useReport();
  const key = question === null ? '' : JSON.stringify(question);
  const [state, setState] = useState<{ key: string; answer?: Answers[Kind]; error?: string }>({ key: '' });
  const asked = useRef('');
  useEffect(() => {
    if (question === null || known !== undefined || asked.current === key) return;
    asked.current = key;
    client.ask<Kind>(question, asked).then(
      (answer) => {
        if (answer !== undefined && asked.current === key) setState({ key, answer });
      },
      (error: Error) => {
        if (asked.current === key) setState({ key, error: error.message });
      },
    );
  });
  return useMemo(() => {
    if (known !== undefined) return { answer: known, isFresh: true, error: undefined };
    // A printer does not wait.
    if (isPrinting && question !== null && state.key !== key)
      return { answer: client.answerNow<Kind>(question), isFresh: true, error: undefined };
    const isOwn = state.key === key && key !== '';
    return {
      answer: state.answer,
      isFresh: isOwn && state.error === undefined,
      error: isOwn ? state.error : undefined,
    };
  }, [known, state, key, isPrinting]);
}

/** The figures of a plan: those that came with the page where it was made of this very plan, with the same failed. */
export function useFigures(of: Subject, without: readonly string[]): Asked<Assessment> {
  const first = useReport().data.plans[of.plan]?.assessment;
  const isFirst = of.changes.length === 0 && JSON.stringify(first?.without) === JSON.stringify(without);
  return useAnswer<'assess'>({ kind: 'assess', of, without }, isFirst ? first : undefined);
}
