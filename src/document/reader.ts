import { problem, severityOf, type Problem, type ProblemArguments, type ProblemCode } from '../problems.ts';
import { nearest } from './nearest.ts';
import { placeOf, type Node, type Source } from './source.ts';

/** Most errors, and most warnings, that one document reports. */
const MAX_PROBLEMS = 70;
/** Problems for which the nearest known name is looked up, and among how many. */
const MAX_NEAREST = 10;
const MAX_KNOWN = 500;

/** Collects what is wrong with one document. */
export class Reader {
  readonly source: Source;
  /** Errors that were found, said or not. */
  errors = 0;
  /** How often something was reported, also where the syntax was wrong and nothing more is said. */
  reports = 0;
  private warnings = 0;
  private looked = 0;
  private readonly said: Problem[] = [];
  private readonly broken: ReadonlySet<number>;

  constructor(source: Source, broken: ReadonlySet<number> = new Set()) {
    this.source = source;
    this.broken = broken;
  }

  report<C extends ProblemCode>(code: C, at: number, args: ProblemArguments<C>): void {
    this.reports++;
    if (this.broken.has(at)) return;
    const isError = severityOf(code) === 'error';
    const count = isError ? ++this.errors : ++this.warnings;
    if (count <= MAX_PROBLEMS) this.said.push(problem(code, placeOf(this.source, at), args));
  }

  /** The nearest known name, as long as there are few problems: looking through thousands of names takes time. */
  nearest(name: string, known: Iterable<string>): string | undefined {
    if (++this.looked > MAX_NEAREST) return undefined;
    const some: string[] = [];
    for (const one of known) if (some.push(one) >= MAX_KNOWN) break;
    return nearest(name, some);
  }

  /** In the order of the document; the last says how many more there are. */
  get problems(): Problem[] {
    const errors = Math.max(0, this.errors - MAX_PROBLEMS);
    const warnings = Math.max(0, this.warnings - MAX_PROBLEMS);
    const sorted = [...this.said].sort((a, b) => a.line - b.line || a.column - b.column);
    if (errors + warnings === 0) return sorted;
    const { file = '', line = 1, column = 1 } = sorted.at(-1) ?? {};
    return [...sorted, problem('more-problems', { file, line, column }, { errors, warnings })];
  }
}

/** What a node is, in the words of a message. */
export function describe(node: Node): string {
  if (node.kind === 'list') return 'a list';
  if (node.kind === 'map') return 'a mapping';
  return node.text === '' && node.plain ? 'nothing' : `"${node.text}"`;
}
