import type { Assessment } from '../assess/index.ts';
import { printable } from '../problems.ts';
import { headlineOf } from './headline.ts';
import { escapeHtml } from './html-text.ts';
import { journeyFigures } from './journey-figures.ts';

const TITLES = ['Journey', 'Full service', 'Down a year', 'Outages a year', 'Lost a year', 'Target'];

/** The answer as HTML that needs no script: what is read while the page's own starts, and where it may not. */
export function firstLook(assessment: Assessment): string {
  const { plan, without, journeys } = assessment;
  const given = without.length === 0 ? [] : [`With ${without.join(', ')} failed for the whole year:`];
  const says = headlineOf(assessment).map((sentence) => sentence.map(({ text }) => text).join(''));
  return [
    `<header><div class="title"><h1>${shown(plan.name)}</h1></div></header><div class="first-look">`,
    ...[...given, ...says].map((sentence) => `<p>${shown(sentence)}</p>`),
    `<table><thead><tr>${TITLES.map((title) => `<th scope="col">${title}</th>`).join('')}</tr></thead><tbody>`,
    ...journeys.map((journey) => row(journey, plan.currency)),
    '</tbody></table></div>',
  ].join('');
}

function row(journey: Assessment['journeys'][number], currency: string): string {
  const { fullService, down, outages, loss, target, verdict } = journeyFigures(journey, currency);
  const cells = [fullService, down, outages, loss, target === null ? 'none set' : `${target} ${verdict}`];
  const rest = cells.map((cell) => `<td>${shown(cell)}</td>`).join('');
  return `<tr><th scope="row">${shown(journey.name)}</th>${rest}</tr>`;
}

function shown(text: string): string {
  return escapeHtml(printable(text));
}
