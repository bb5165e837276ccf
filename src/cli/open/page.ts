import { assess } from '../../assess/index.ts';
import { systemClock } from '../../clock.ts';
import { digestOf, readText, type ReadLimits } from '../../document/load.ts';
import { KeelsonError } from '../../errors.ts';
import { printable, type Problem } from '../../problems.ts';
import { failureHtml, problemsHtml, targetsSay } from '../../reporters/index.ts';
import { compared } from '../compared.ts';
import { builtCatalog, checkWithout, loadModelWithin, problemLine, type LoadedModel } from '../input.ts';
import { builtTemplate, reportPage, viewWithout, type Reported } from '../report.ts';

/** What a page is to be made of. Plain data, as everything here that goes to a worker and comes back. */
export interface PageRequest {
  /** The folder of the installed package. */
  readonly root: string;
  readonly files: readonly string[];
  /** What is taken as failed. */
  readonly without: readonly string[];
  readonly limits: ReadLimits;
}

export interface LivePage {
  readonly html: string;
  /** What it was made of: the digests of its plans. A page that is open says it, so that it can be told of what it missed. */
  readonly of: string;
  /** The names of the platforms, or of the files where there is no answer. */
  readonly title: string;
  /** Empty where there is an answer. */
  readonly problems: readonly Problem[];
  /** By plan, one line. */
  readonly says: readonly string[];
}

export type PageMessage =
  | { readonly kind: 'progress'; readonly share: number; readonly what: string }
  | { readonly kind: 'page'; readonly page: LivePage }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string; readonly hint?: string };

/** Makes one page: what a worker runs, since a large plan takes its time. What stops it is told like the rest. */
export function makePage(request: PageRequest, tell: (message: PageMessage) => void): void {
  const show = (share: number, what: string): void => tell({ kind: 'progress', share, what });
  try {
    tell({ kind: 'page', page: pageOf(request, show) });
  } catch (error) {
    if (!(error instanceof KeelsonError)) throw error;
    const { code, message, hint } = error;
    tell({ kind: 'failed', code, message, ...(hint === undefined ? {} : { hint }) });
  }
}

function pageOf(request: PageRequest, onProgress: (share: number, what: string) => void): LivePage {
  const { files, without, limits } = request;
  const catalog = builtCatalog(request);
  const inputs = files.map((file) => loadModelWithin(file, catalog, limits));
  const loaded = inputs.flatMap((input) => (input.loaded === undefined ? [] : [input.loaded]));
  if (loaded.length < files.length)
    return problemsPage(
      request,
      inputs.map(({ problems }) => problems),
    );
  for (const { model } of loaded) checkWithout(model, without);
  const plans = loaded.map((one): Reported => {
    const options = { catalog, clock: systemClock, problems: one.problems, without, onProgress };
    return { ...one, assessment: assess(one.model, options) };
  });
  const comparison = plans.length < 2 ? null : compared(plans, catalog, { onProgress });
  const view = viewWithout(without);
  return {
    html: reportPage(plans, { catalog, comparison, options: {}, view, isLive: true }, request),
    of: plans.map(({ plan }) => plan.digest).join(),
    title: titleOf(loaded),
    problems: [],
    says: plans.map(({ assessment }, i) => `${printable(files[i] ?? '')} saved: ${targetsSay(assessment)}`),
  };
}

/** @param found by file */
function problemsPage(request: PageRequest, found: readonly (readonly Problem[])[]): LivePage {
  const { files, limits } = request;
  const problems = found.flat();
  const read = textsOf(files, limits);
  const texts = new Map(
    read.flatMap(({ name, text }) => (text === undefined ? [] : [[name, text] as const])),
  );
  const names = read.map(({ name }) => name);
  const of = read.map(({ digest }) => digest).join();
  return {
    html: problemsHtml(builtTemplate('problems', request), { of, files: names, problems, texts }),
    of,
    title: names.map(printable).join(' · '),
    problems,
    says: files.map((file, i) => wrong(file, found[i] ?? [])),
  };
}

/** The page of what else went wrong. */
export function failurePage(request: PageRequest, { code, message, hint }: KeelsonError): LivePage {
  const of = textsOf(request.files, request.limits)
    .map(({ digest }) => digest)
    .join();
  const html = failureHtml(builtTemplate('problems', request), { of, code, message, hint });
  const says = request.files.map(
    (file) => `${printable(file)} saved: no answer: ${printable(message)} (${code})`,
  );
  return { html, of, title: request.files.map(printable).join(' · '), problems: [], says };
}

function textsOf(files: readonly string[], limits: ReadLimits) {
  return files.map((file) => {
    const { name, text } = readText(file, limits);
    return { name, text, digest: text === undefined ? 'none' : digestOf(text) };
  });
}

function titleOf(loaded: readonly LoadedModel[]): string {
  return loaded.map(({ plan }) => printable(plan.platform.name)).join(' · ');
}

/** What a plan says of which there is no answer: it may be another's fault. */
function wrong(file: string, problems: readonly Problem[]): string {
  const errors = problems.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  if (first === undefined) return `${printable(file)} saved: no errors, but another plan has`;
  if (first.code === 'file-unreadable') return problemLine(first);
  return errors.length === 1
    ? `${printable(file)} saved: 1 error: ${problemLine(first)}`
    : `${printable(file)} saved: ${errors.length} errors (first: ${problemLine(first)})`;
}
