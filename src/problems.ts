/**
 * Everything that can be wrong with a plan, a catalogue file or an incident file: its code, its severity and its words.
 * An error means that nothing is answered; a warning stands beside the answer. Each code has a heading in
 * `docs/problems.md`; a test keeps the list whole.
 */

import { printable } from './printable.ts';
import { formatHours, formatPercent } from './units.ts';

export { printable };

export type Severity = 'error' | 'warning';

export interface Problem {
  readonly code: ProblemCode;
  readonly severity: Severity;
  readonly message: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

interface Nearest {
  readonly nearest?: string | undefined;
}

const error = <A extends object>(say: (args: A) => string) => ({ severity: 'error' as const, say });
const warning = <A extends object>(say: (args: A) => string) => ({ severity: 'warning' as const, say });

const WORDS = {
  // How much is said
  'more-problems': warning(
    (a: { errors: number; warnings: number }) =>
      `${a.errors} more errors and ${a.warnings} more warnings are not shown.`,
  ),

  // The file itself
  'file-unreadable': error((a: { reason: string }) => `The file cannot be read: ${a.reason}.`),
  'file-too-large': error(
    (a: { bytes: number; limit: number }) =>
      `The file has ${a.bytes} bytes, more than the ${a.limit} that are read. A larger limit: --max-bytes.`,
  ),
  'not-text': error((a: { found: string }) => `Expected UTF-8 text, found ${a.found}.`),
  'empty-document': error((a: { expected?: string }) =>
    a.expected === undefined
      ? 'Expected a plan, found an empty file. A starter: keelson init.'
      : `Expected ${a.expected}, found an empty file.`,
  ),
  'yaml-syntax': error((a: { reason: string }) => `This is not YAML: ${a.reason}.`),
  'json-syntax': error(
    (a: { found: string }) => `This is not JSON: it cannot go on with ${showFound(a.found)}.`,
  ),
  'nesting-too-deep': error((a: { limit: number }) => `Nested more than ${a.limit} levels deep.`),
  'several-documents': error(() => 'Expected one document, found a second one.'),
  'duplicate-key': error((a: { key: string }) => `${show(a.key)} stands here a second time.`),
  'key-not-a-name': error(() => 'Expected a name as key, found a list or a mapping.'),
  'tag-not-supported': error(
    (a: { tag: string }) => `The tag ${show(a.tag)} is not supported. Leave it out.`,
  ),
  'alias-unknown': error((a: { name: string }) => `No anchor ${show(a.name)} stands before this.`),
  'alias-of-itself': error((a: { name: string }) => `${show(a.name)} holds itself.`),
  'aliases-too-large': error(
    (a: { limit: number }) => `It stands for more than ${a.limit} values once its aliases are followed.`,
  ),

  // Shapes and quantities
  'wrong-type': error(
    (a: { expected: string; found: string }) => `Expected ${a.expected}, found ${showFound(a.found)}.`,
  ),
  'out-of-range': error(
    (a: { expected: string; found: string }) => `Expected ${a.expected}, found ${showFound(a.found)}.`,
  ),
  'wrong-word': error(
    (a: { known: readonly string[]; found: string } & Nearest) =>
      `Expected ${oneOf(a.known)}, found ${showFound(a.found)}.${didYouMean(a)}`,
  ),
  'unknown-key': error((a: { key: string; where: string; known: readonly string[] } & Nearest) =>
    a.key === '<<'
      ? 'Merge keys (<<) are not supported. Write the keys themselves.'
      : `${show(a.key)} is not a key of ${a.where}.${didYouMean(a) || ` Known: ${a.known.join(', ')}.`}`,
  ),
  'missing-key': error(
    (a: { key: string; where: string }) => `Expected ${show(a.key)} in ${a.where}, found none.`,
  ),
  'bad-name': error(
    (a: { name: string; expected: string }) => `${show(a.name)} is not a name here. Expected ${a.expected}.`,
  ),
  'too-few': error(
    (a: { what: string; min: number; found: number }) =>
      `Expected at least ${a.min} in ${a.what}, found ${a.found}.`,
  ),
  'too-many': error(
    (a: { what: string; max: number; found: number }) =>
      `Expected at most ${a.max} in ${a.what}, found ${a.found}.`,
  ),
  'stray-use': error(
    () =>
      'use, ready, carries and cost belong to the any of a service, or to a pool. Inline, write the requirement itself.',
  ),

  // Evidence of drills
  'drill-evidence-altered': error(
    (a: { id: string; expected: string }) =>
      `This run has been altered since it was written: its id is ${clip(a.id)}, and what stands here has ${clip(a.expected)}.`,
  ),

  // Names
  'unknown-service': error(
    (a: { name: string } & Nearest) => `${show(a.name)} is not a service of this plan.${didYouMean(a)}`,
  ),
  'unknown-provider': error(
    (a: { name: string; catalog: boolean } & Nearest) =>
      `${show(a.name)} is not a provider of ${a.catalog ? 'the catalogue or the plan' : 'the plan (catalog: none)'}.${didYouMean(a)}`,
  ),
  'unknown-capability': error(
    (a: { name: string; provider: string; known: readonly string[] } & Nearest) =>
      `${a.provider} offers no ${show(a.name)}.${didYouMean(a) || ` Known: ${some(a.known)}.`}`,
  ),
  'scope-too-broad': error(
    (a: { name: string; per: string }) =>
      `${show(a.name)} fails by ${a.per}: say which ${a.per}, as in ${a.name.split('@')[0]}@${a.per === 'zone' ? 'region/zone' : 'region'}.`,
  ),
  'same-without-scope': error(
    (a: { name: string; by: string }) =>
      `${show(a.by)} needs ${show(a.name)} at the same place, but is referenced without one.`,
  ),
  'unknown-scope': warning(
    (a: { scope: string } & Nearest) => `No record knows the place ${show(a.scope)}.${didYouMean(a)}`,
  ),
  'name-of-provider': error(
    (a: { name: string }) =>
      `The service ${show(a.name)} has the name of a provider that the plan uses. Give it another, so that an event names one thing.`,
  ),

  // What contradicts itself
  'service-cycle': error(
    (a: { path: readonly string[] }) =>
      `Services need each other in a circle: ${a.path.map(clip).join(' → ')}.`,
  ),
  'services-too-deep': error(
    (a: { limit: number }) => `More than ${a.limit} services stand on each other from here down.`,
  ),
  'at-least-of-fewer': error((a: { atLeast: number; of: number }) => `Asks for ${a.atLeast} of ${a.of}.`),
  'several-redundancies': error(
    (a: { found: readonly string[] }) =>
      `A service has one of any, of and pool; found ${a.found.join(' and ')}. Give each a service of its own.`,
  ),
  'at-least-without-of': error(() => 'atLeast says how many, but not of what. Add of: […].'),
  'of-without-at-least': error(() => 'of says which members, but not how many must work. Add atLeast: 1.'),
  'failover-without-alternatives': error(
    (a: { service: string }) => `${show(a.service)} has a failover but no second alternative to switch to.`,
  ),
  'failover-unsaid': warning(
    (a: { service: string }) =>
      `${show(a.service)} switches between alternatives, but nothing says how: taken as at once, sure and free.`,
  ),
  'state-without-alternatives': warning(
    (a: { service: string }) => `${show(a.service)} has state but no alternatives that it could move to.`,
  ),
  'two-writers': error(
    (a: { service: string }) =>
      `${show(a.service)} has a single writer, but its members are all active. Write any: […] with a failover.`,
  ),
  'quorum-without-members': error(
    (a: { service: string }) => `verify: quorum compares members: ${show(a.service)} needs atLeast and of.`,
  ),
  'quorum-of-one': warning(
    (a: { service: string }) =>
      `verify: quorum of ${show(a.service)} asks a single member: it compares nothing.`,
  ),
  'pool-without-amount': error(
    (a: { pool: string }) =>
      `${show(a.pool)} is a pool: say how much is needed, as in {from: ${a.pool}, atLeast: 100}.`,
  ),
  'not-a-pool': error((a: { name: string }) => `${show(a.name)} is not a pool.`),
  'pool-too-small': error(
    (a: { pool: string; asked: number; has: number }) =>
      `Asks ${a.asked} of ${show(a.pool)}, which has ${a.has} with everything grown.`,
  ),
  'pool-relies-on-growth': warning(
    (a: { pool: string; asked: number; has: number }) =>
      `Asks ${a.asked} of ${show(a.pool)}, which has ${a.has} before anything has grown.`,
  ),
  'growth-without-needs': warning(
    (a: { pool: string }) => `A member of ${show(a.pool)} grows without needing anything: taken as sure.`,
  ),
  'ready-of-first': warning(() => 'The first alternative is in use: ready says nothing of it.'),
  'carries-no-mode': warning(
    (a: { service: string; carries: string; least: string }) =>
      `This alternative of ${show(a.service)} carries ${a.carries}, less than the ${a.least} that every mode here asks: it never helps.`,
  ),
  'worth-missing': error(
    (a: { mode: string }) => `Expected worth in ${show(a.mode)}: what it is worth beside the first mode.`,
  ),
  'worth-of-first': error(
    (a: { mode: string }) =>
      `The first mode, ${show(a.mode)}, is what the others are measured by: its worth is 100%.`,
  ),
  'worth-rises': warning(
    (a: { mode: string; before: string }) =>
      `${show(a.mode)} is worth more than ${show(a.before)} before it, but is used only when that fails.`,
  ),
  'mode-unreachable': warning(
    (a: { journey: string; mode: string }) =>
      `No state reaches ${show(a.mode)} of ${show(a.journey)}: whenever it works, a better mode does.`,
  ),
  'mode-never-works': warning(
    (a: { journey: string; mode: string }) => `${show(a.mode)} of ${show(a.journey)} never works.`,
  ),
  'protection-nowhere': warning(
    (a: { protection: string; journey: string; mode: string }) =>
      `Nothing that ${show(a.mode)} of ${show(a.journey)} needs provides ${a.protection}.`,
  ),
  'loss-steps-order': error(
    () => 'Expected the steps of loss in the order of after, each later than the one before.',
  ),
  'currency-mixed': error(
    (a: { found: string; expected: string }) =>
      `Expected ${a.expected}, the platform’s currency, found ${show(a.found)}.`,
  ),
  'bad-currency': error(
    (a: { found: string }) =>
      `Expected a currency of three to five capitals such as USD, found ${show(a.found)}.`,
  ),
  'interval-order': error(
    (a: { low: number; high: number; rate: number }) =>
      `Expected [low, high] with the rate between them, found ${a.low} to ${a.high} a year around ${a.rate}.`,
  ),
  'same-alternative': warning(
    (a: { name: string }) => `${show(a.name)} stands here twice: the second adds nothing.`,
  ),
  'probe-without-url': error((a: { service: string }) => `A probe of ${show(a.service)} has no url to ask.`),
  'only-of-a-front': error(
    (a: { key: string; service: string }) =>
      `${a.key} is for alternatives of a front, and ${show(a.service)} is none.`,
  ),
  'front-without-url': error(
    (a: { service: string }) =>
      `${show(a.service)} has no url: what users open, and its edges are asked for.`,
  ),
  'steer-by-one-means': error(
    (a: { found: number }) =>
      `Expected one of dns, command and http, found ${a.found === 0 ? 'none' : a.found}.`,
  ),
  'steer-without-alternatives': error(
    (a: { service: string }) => `${show(a.service)} has no alternatives to steer to.`,
  ),
  'name-outside-zone': error(
    (a: { name: string; zone: string }) => `${show(a.name)} is not in the zone ${show(a.zone)}.`,
  ),
  'answer-missing': error(
    (a: { service: string; number: number }) =>
      `Alternative ${a.number} of ${show(a.service)} has no answer for resolvers: addresses, or a name.`,
  ),
  'route-beyond-needs': warning(
    (a: { journey: string; to: string }) =>
      `${show(a.journey)} sends requests to ${show(a.to)}, which no mode of it needs: no figure counts it.`,
  ),
  'route-without-url': error(
    (a: { service: string }) => `Requests go to ${show(a.service)}, and nothing below it has a url.`,
  ),
  'route-ambiguous': error(
    (a: { service: string; found: readonly string[] }) =>
      `Requests to ${show(a.service)} could go to ${some(a.found)}, and it needs all of them: give it a url, or name one as to.`,
  ),
  'try-without-match': error(
    (a: { journey: string }) => `${show(a.journey)} is tried, and no request is its own: match.`,
  ),
  'try-without-session': error(
    (a: { journey: string }) =>
      `${show(a.journey)} is tried within a session, and drill does not say how a user gets one: session.`,
  ),
  'once-without-unique': error(
    (a: { journey: string }) =>
      `What ${show(a.journey)} does once cannot be told from what else was done: write {unique} into its path or its body.`,
  ),
  'nothing-to-serve': error(() => 'No journey says which requests are its own: match.'),
  'nothing-to-steer': error(() => 'No front says what moves its users. Write url, answer and steer.'),
  'too-many-members': error(
    (a: { found: number; most: number }) =>
      `Requests are shared among at most ${a.most} members, found ${a.found}.`,
  ),
  'ttl-defeats-spread': warning(
    (a: { service: string; ttl: number; spread: number }) =>
      `Resolvers keep an answer for ${formatHours(a.ttl)}, longer than the spread of ${show(a.service)}, ${formatHours(a.spread)}.`,
  ),
  'probe-slower-than-detect': warning(
    (a: { service: string; probed: number; detect: number }) =>
      `Probes of ${show(a.service)} may take ${formatHours(a.probed)} to tell of a failure, longer than detect, ${formatHours(a.detect)}.`,
  ),
  'jsonrpc-without-members': error(
    (a: { service: string }) =>
      `${show(a.service)} is a pool of nodes, and names none. Write any: […], or atLeast and of.`,
  ),
  'jsonrpc-misplaced': error(
    (a: { service: string; is: string }) =>
      `jsonrpc is for a service with any, or atLeast and of; ${show(a.service)} is a ${a.is}.`,
  ),
  'verify-of-a-chain': error(
    (a: { service: string; found: string }) =>
      `Expected verify: quorum or proof in ${show(a.service)}, which reads a chain, found ${a.found}.`,
  ),
  'only-with-proof': error(
    (a: { key: string; service: string }) =>
      `${a.key} belongs to verify: proof, which ${show(a.service)} does not have.`,
  ),
  'trusted-without-url': error(
    (a: { trusted: string }) =>
      `Headers are to come from ${show(a.trusted)}, and nothing below it has a url.`,
  ),
  'headers-unbelieved': error(
    (a: { service: string }) =>
      `Proofs of ${show(a.service)} are held against headers, and nobody is believed for those. Name one as trusted, or let atLeast: 2 agree.`,
  ),
  'unproved-of-one': error(
    (a: { service: string }) =>
      `unproved: quorum compares members, and ${show(a.service)} asks one. Write atLeast: 2, or unproved: refuse.`,
  ),
  'unproved-of-nobody': error(
    (a: { service: string }) =>
      `unproved: trusted asks whoever is trusted for headers, and ${show(a.service)} trusts nobody. Write trusted: NAME, or unproved: quorum.`,
  ),
  'method-allowed-and-refused': error((a: { method: string }) => `${a.method} is allowed and refused.`),
  'method-never-offered': error(
    (a: { method: string }) => `${a.method} signs, administers or mines: it is never offered.`,
  ),
  'node-without-url': error(
    (a: { service: string }) =>
      `node says how a url is asked, and none of ${show(a.service)} stands beside it.`,
  ),
  'node-of-no-pool': warning(
    (a: { service: string }) => `No service with jsonrpc asks ${show(a.service)}: node is not used.`,
  ),
  'node-twice': error(
    (a: { service: string; first: string; second: string }) =>
      `Members ${a.first} and ${a.second} of ${show(a.service)} are one node at one url: it would agree with itself.`,
  ),
  'nodes-of-one-provider': warning(
    (a: { service: string; members: readonly string[]; provider: string }) =>
      `${some(a.members)} of ${show(a.service)} are at addresses of ${a.provider}: one source, and one fate.`,
  ),
  'node-is-router': warning(
    (a: { service: string; member: string; provider: string }) =>
      `${a.member} of ${show(a.service)} is at ${a.provider}, which sends reads on to others: it may be a source that is here already.`,
  ),
  'node-provider-unsaid': warning(
    (a: { member: string; provider: string; reference: string }) =>
      `${a.member} is at an address of ${a.provider}, and does not need it: no figure counts its outages. Write needs: ${a.reference}.`,
  ),
  'service-unused': warning((a: { service: string }) => `No journey needs ${show(a.service)}.`),
  'evidence-order': error(
    (a: { from: string; until: string }) => `Expected from before until, found ${a.from} and ${a.until}.`,
  ),
  'evidence-past': warning(
    (a: { service: string; until: string }) =>
      `The evidence for ${show(a.service)} ended on ${a.until}, before the plan’s asOf. It still counts.`,
  ),
  'evidence-ahead': warning(
    (a: { service: string; from: string }) =>
      `The evidence for ${show(a.service)} begins on ${a.from}, after the plan’s asOf. It already counts.`,
  ),

  // Incident files and the catalogue
  'effect-names-nothing': warning(
    (a: { name: string } & Nearest) =>
      `Neither the catalogue nor a plan has ${show(a.name)}, so this effect hits nothing.${didYouMean(a)}`,
  ),
  'unknown-incident-event': error(
    (a: { event: string }) =>
      `The incident counts towards ${show(a.event)}, which the catalogue does not record.`,
  ),
  'file-name': error(
    (a: { expected: string; found: string }) =>
      `Expected the file to be named after ${show(a.expected)}, found ${show(a.found)}.`,
  ),
  'time-order': error(
    (a: { first: string; second: string; begin: string; end: string }) =>
      `Expected ${a.first} before ${a.second}, found ${a.begin} and ${a.end}.`,
  ),
  'peak-without-length': error(
    () =>
      'Expected busy hours that end at another time than they begin; leave peak out where all hours are alike.',
  ),
  'span-without-length': error(
    (a: { what: string; at: string }) =>
      `Expected ${a.what} to end after it begins, found ${a.at} for both. Write null for a time nobody knows.`,
  ),
  'place-in-capability': error(
    (a: { name: string; capability: string; scope: string }) =>
      `${show(a.name)} names a place, which has a field of its own. Write capability: ${a.capability} and scope: ${a.scope}.`,
  ),
  'duplicate-id': error(
    (a: { id: string; of: string }) => `${show(a.id)} is the id of ${a.of} before it. Give each its own.`,
  ),
  'unknown-source': error(
    (a: { id: string; known: readonly string[] } & Nearest) =>
      `${show(a.id)} is not the id of a source of this incident.${didYouMean(a) || ` Known: ${some(a.known.map(clip))}.`}`,
  ),
  'timeline-order': warning(
    (a: { at: string; before: string }) =>
      `Expected the timeline in the order of time, found ${a.at} after ${a.before}. Move it up, or mend its time.`,
  ),
  'duplicate-effect': warning(
    (a: { capability: string; scope: string }) =>
      `${show(a.capability)} with scope ${show(a.scope)} stands here a second time: the worse counts. Write one effect with the phases of both.`,
  ),
  'phases-overlap': warning(
    (a: { mode: string; until: string }) =>
      `Another phase with mode ${a.mode} lasts until ${a.until}, and this one begins before: the worse counts. Let them follow each other.`,
  ),
  'phase-outside-window': warning(
    (a: { from: string; bound: 'start' | 'end'; at: string }) =>
      `The phase begins at ${a.from}, ${a.bound === 'start' ? 'before' : 'after'} the ${a.bound} of the window, ${a.at}. Check the days of both.`,
  ),
  'severity-contradicts-mode': warning((a: { field: 'mode' | 'effect'; how: string; severity: string }) =>
    a.how === 'none'
      ? `${a.field}: none says that nothing failed, and severity is ${a.severity}. Write severity: 0, or how it failed.`
      : `${a.field}: ${a.how} says that requests failed, severity: ${a.severity} that none did. Write ${a.field}: none, or severity: null where nobody knows.`,
  ),

  // Models in the Open-PSA format
  'xml-syntax': error((a: { reason: string }) => `This is not XML: ${a.reason}.`),
  'doctype-refused': error(
    () => 'A DOCTYPE with declarations of its own is not read. Leave out what stands between [ and ].',
  ),
  'include-refused': error(() => 'Other files are not read from here. Put what they hold in this one.'),
  'unknown-element': error(
    (a: { element: string; where: string } & Nearest) =>
      `${a.element} is not known in ${a.where}.${didYouMean(a)}`,
  ),
  'element-refused': error(
    (a: { element: string }) =>
      `${a.element} would change the answer, and is not supported. Leave it out to have the answer without it.`,
  ),
  'element-ignored': warning(
    (a: { element: string }) => `${a.element} is not read: only fault trees are solved.`,
  ),
  'missing-attribute': error(
    (a: { attribute: string; element: string }) =>
      `Expected the attribute ${a.attribute} in ${a.element}, found none.`,
  ),
  'stray-text': error(
    (a: { text: string; element: string }) =>
      `Expected elements in ${a.element}, found the text ${show(a.text)}.`,
  ),
  'wrong-arity': error(
    (a: { expected: string; element: string; found: string }) =>
      `Expected ${a.expected} in ${a.element}, found ${a.found}.`,
  ),
  'defined-twice': error(
    (a: { what: string; name: string; line: number | undefined }) =>
      `${a.what} ${show(a.name)} stands ${a.line === undefined ? 'before this' : `in line ${a.line}`} already. Give each its own name, or make them private.`,
  ),
  'undefined-event': error(
    (a: { name: string; element: string } & Nearest) =>
      `No ${a.element} ${show(a.name)} is defined that can be seen here.${didYouMean(a)}`,
  ),
  'undefined-parameter': error(
    (a: { name: string } & Nearest) =>
      `No parameter ${show(a.name)} is defined that can be seen here.${didYouMean(a)}`,
  ),
  'wrong-kind': error(
    (a: { name: string; is: string; expected: string }) =>
      `Expected a ${a.expected}, but ${show(a.name)} is a ${a.is}.`,
  ),
  'unit-mismatch': error(
    (a: { what: string; unit: string; asked: string }) =>
      `Expected ${a.asked}, but the unit of ${showFound(a.what)} is ${a.unit}. Units are not converted.`,
  ),
  'definition-cycle': error(
    (a: { what: string; path: readonly string[] }) =>
      `${a.what} use each other in a circle: ${a.path.map(clip).join(' → ')}.`,
  ),
  'no-gates': error(() => 'Expected a gate to solve, found none.'),
  'unknown-root': error(
    (a: { name: string } & Nearest) => `${show(a.name)} is not a gate of this model.${didYouMean(a)}`,
  ),
  'expansion-too-large': error(
    (a: { limit: number }) =>
      `From here on, thresholds and common causes stand for more than ${a.limit} gates.`,
  ),
  'ccf-member-twice': error(
    (a: { name: string; group: string }) =>
      `${show(a.name)} has its probability from the group ${show(a.group)}, and cannot have another.`,
  ),
  'ccf-level': error((a: { found: number; members: number; expected: number | undefined }) =>
    a.expected === undefined
      ? `A factor of level ${a.found} is one too many for ${a.members} members.`
      : `Expected level ${a.expected}, found ${a.found}: factors stand in the order of their levels, none left out.`,
  ),
  'ccf-factors-sum': warning(
    (a: { sum: number }) =>
      `Expected phi factors that add up to 1, found ${a.sum}. They are taken as they are.`,
  ),
  'histogram-mean': warning(
    () =>
      'A histogram stands for the mean of its values, weighted by the widths of the bins, as the format says. SCRAM takes the values as weights.',
  ),
  // Files that are imported
  'nothing-imported': error(
    (a: { entries: string }) =>
      `Expected ${a.entries} that something could stand on, found none that are known here.`,
  ),

  // Contracts of guarded files
  'not-of-format': error(
    (a: { key: string; format: string }) =>
      `${a.key} has no meaning for a file of format ${a.format}. Leave it out.`,
  ),
  'held-in-memory': error(
    (a: { what: string; found: number; limit: number }) =>
      `With ${a.what} the whole file is held in memory. Expected limits.bytes of at most ${a.limit}, found ${a.found}.`,
  ),
  'signed-unsaid': error(
    (a: { key: string }) =>
      `${a.key}: signed is what a signed statement says, and nothing says who may sign. Write signed: {by: […]}.`,
  ),
  'need-beyond-keys': error(
    (a: { need: number; keys: number }) =>
      `Expected need of at most ${a.keys}, the number of keys that differ, found ${a.need}.`,
  ),
  'key-twice': error(
    (a: { file: string; first: string }) =>
      `${show(a.file)} is the same key as ${show(a.first)}: whoever has it would count once.`,
  ),
  'not-a-key': error(
    (a: { file: string; found: string }) =>
      `Expected ${show(a.file)} to be a public key of ed25519 as PEM, found ${a.found}.`,
  ),
  'named-file-unreadable': error(
    (a: { file: string; reason: string }) => `${show(a.file)} cannot be read: ${a.reason}.`,
  ),
  'not-a-schema': error(
    (a: { file: string; reason: string }) =>
      `${show(a.file)} is no JSON Schema that can be used: ${a.reason}.`,
  ),
  'reader-without-file': error(
    () =>
      'Expected {file} in an argument of the reader, which stands for the file that it reads, found none.',
  ),
  'one-of-several': error(
    (a: { what: string; known: readonly string[]; found: readonly string[] }) =>
      `Expected one of ${a.known.join(', ')} in ${a.what}, found ${a.found.length === 0 ? 'none' : a.found.join(' and ')}.`,
  ),
  'only-with': error(
    (a: { key: string; owner: string }) => `${a.key} belongs to ${a.owner}, which does not stand here.`,
  ),
  'canary-beyond-targets': error(
    (a: { canary: number; targets: number }) =>
      `Expected a canary of at most ${a.targets} targets, as many as there are, found ${a.canary}.`,
  ),
  'waves-not-rising': error(
    (a: { share: number; before: number }) =>
      `Expected a share above ${formatPercent(a.before)}, the one before, found ${formatPercent(a.share)}.`,
  ),
  'waves-end-early': error(
    (a: { share: number }) =>
      `Expected the last wave to be 100%, found ${formatPercent(a.share)}: the rest would have none.`,
  ),
  'target-twice': error(
    (a: { name: string; first: string }) =>
      `${a.name} has the same file as ${a.first}. Give each target its own.`,
  ),
  'target-is-source': error(
    (a: { name: string }) => `${a.name} would be written over the source. Give it another file.`,
  ),

  // Tables of a sector
  'csv-quote': error(
    (a: { reason: string }) => `This is not CSV: ${a.reason}. A quoted field is "…", with "" for a quote.`,
  ),
  'csv-fields': error(
    (a: { expected: number; found: number }) =>
      `Expected ${a.expected} fields, as the first line has, found ${a.found}.`,
  ),
  'unlisted-provider': error(
    (a: { name: string } & Nearest) => `${show(a.name)} is not in providers.csv.${didYouMean(a)}`,
  ),
  'listed-twice': error(
    (a: { name: string; line: number }) => `${show(a.name)} stands in line ${a.line} already.`,
  ),
  'platform-differs': error(
    (a: { name: string; what: string; line: number }) =>
      `${show(a.name)} has another ${a.what} in line ${a.line}: a platform has one.`,
  ),
} as const;

export type ProblemCode = keyof typeof WORDS;
export type ProblemArguments<C extends ProblemCode> = Parameters<(typeof WORDS)[C]['say']>[0];
export const PROBLEM_CODES = Object.keys(WORDS) as readonly ProblemCode[];

export function severityOf(code: ProblemCode): Severity {
  return WORDS[code].severity;
}

export function problem<C extends ProblemCode>(
  code: C,
  place: { readonly file: string; readonly line: number; readonly column: number },
  args: ProblemArguments<C>,
): Problem {
  const { severity, say } = WORDS[code];
  // `args` fits `say` of the same code, which the compiler cannot carry through the union.
  return { code, severity, message: (say as (a: unknown) => string)(args), ...place };
}

/** Somebody's text in quotes, shortened, with nothing in it that a terminal or a reader could be misled by. */
export function show(text: string): string {
  return `"${clip(text)}"`;
}

function clip(text: string): string {
  const short = text.length > 60 ? `${text.slice(0, 57)}…` : text;
  return printable(short);
}

/** What was found, which may carry a quoted text of any length. */
function showFound(found: string): string {
  return found.startsWith('"') ? show(found.slice(1, -1)) : found;
}

function didYouMean({ nearest }: Nearest): string {
  return nearest === undefined ? '' : ` Did you mean ${show(nearest)}?`;
}

function oneOf(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} or ${last}`;
}

function some(words: readonly string[]): string {
  return words.length <= 12 ? words.join(', ') || 'nothing' : `${words.slice(0, 12).join(', ')}, …`;
}
