import {
  capabilityOf,
  figuresBy,
  figuresOf,
  inventedShareOf,
  partOf,
  recallOf,
  vendorOf,
  type Compared,
  type Figures,
  type Score,
} from './discovered-world-score.ts';

/**
 * docs/discover-precision.md.
 *
 * @param beneath what providers were claimed to stand on themselves, held against what the zones show
 */
export function precisionPage(scores: readonly Score[], beneath: Compared): string {
  const tuned = scores.filter(({ fixture }) => !fixture.isHeldOut);
  const heldOut = scores.filter(({ fixture }) => fixture.isHeldOut);
  const known = scores.flatMap(({ recovered, missed }) => [...recovered, ...missed]);
  return `# How well \`discover\` finds what is there

Made by \`npm run generate\` from a crawl of the platforms in [test/discovered](../test/discovered); a test fails when it is stale.

- The platforms are **modelled, not measured**: ${scores.length} that do not exist, under names that nobody has, each put up on real servers on
  loopback (Knot DNS, BIND, Unbound, nginx) as public facts say that vendors present themselves: chains of names, addresses in published
  ranges, headers, cookies, organisations of authorities, hosts that pages load. Some imitate a vendor, loop, dangle or only talk
  about vendors.
- What is true of each was written by hand, and apart from [the fingerprints](../data/fingerprints); but both come from **the same public facts**.
  So the figures bound the mistakes of the machinery, not the variety of the web: a vendor that nobody described is not found there
  either.
- ${heldOut.length} platforms are **held out**: written before their author had seen a fingerprint, with vendors of that choice. Since then only the names that
  capabilities have were brought in line, and a host was given the address that its description had forgotten. When they were first scored, **92.1 % of
  their true edges were found, and 4.9 % of what was claimed was invented**: those are the figures to believe. Rules that were mended
  since, and that hold for all platforms, have changed what is in the table.
- The other ${tuned.length} were there to find mistakes, and what they showed was mended in the code, or in a description where that was wrong. When 46 of them were first
  scored, the figures were 92.7 % and 4.8 %. Six were added when a review had found what bundles do: five real ones, made of viem and ethers, and a page of markup
  that no browser acts on. When these were first scored, 21 of their 24 true edges were found, and 72 of 93 that were claimed were invented: defaults that libraries
  carry. One of the six asks a default of viem and says so nowhere else; that cannot be told from a library's list, and is missed.
- An edge is a part of the platform and the capability that it stands on, with its region where a true edge has one. **Recall** is the share of
  true edges that stand in the plan that is written. **Invented** are edges of the plan that are not true, as a share of true and invented ones. Edges that are so in
  one reading and not in another (a script of a challenge is also code of the page) are left open: they count in neither.

## All

| platforms | count | true edges | recovered | recall | invented | of the plan's |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |
${[['mended against', tuned] as const, ['held out', heldOut] as const, ['all', scores] as const]
  .map(([title, some]) => `| ${title} | ${some.length} ${cells(figuresOf(some))}`)
  .join('\n')}
| what providers stand on | – ${cells(figuresOf([beneath]))}

Edges that a platform's description calls wrong, of which there are ${scores.reduce((sum, { fixture }) => sum + (fixture.truth.not?.length ?? 0), 0)} kinds: ${scores.reduce((sum, { wrong }) => sum + wrong.length, 0)} claimed.

The last row is the second order: what the providers stand on themselves, by the names, addresses and headers that they show in this world.${beneath.missed.length === 0 ? '' : ` Missed: ${beneath.missed.map(code).join(', ')}.`}${beneath.invented.length === 0 ? '' : ` Invented: ${beneath.invented.map(code).join(', ')}.`}

## By part

| part | true edges | recovered | recall | invented | of the plan's |
| --- | ---: | ---: | ---: | ---: | ---: |
${rows(figuresBy(scores, partOf))}

## By vendor

| vendor | true edges | recovered | recall | invented | of the plan's |
| --- | ---: | ---: | ---: | ---: | ---: |
${rows(figuresBy(scores, vendorOf))}

## By capability

| capability | true edges | recovered | recall | invented | of the plan's |
| --- | ---: | ---: | ---: | ---: | ---: |
${rows(figuresBy(scores, capabilityOf))}

## What failed

${failures(scores)}

## Platforms

${known.length} true edges over ${scores.length} platforms.

| platform | what it shows | true edges | recovered | invented |
| --- | --- | ---: | ---: | ---: |
${scores.map(platformRow).join('\n')}
`;
}

const cells = (figures: Figures): string =>
  `| ${figures.real} | ${figures.recovered} | ${percent(recallOf(figures))} | ${figures.invented} | ${percent(inventedShareOf(figures))} |`;

const rows = (figures: readonly (readonly [key: string, figures: Figures])[]): string =>
  figures
    .map(([key, one]) =>
      // Nothing was true of it that could have been recovered.
      one.real === 0 ? `| ${key} | 0 | 0 | – | ${one.invented} | 100 % |` : `| ${key} ${cells(one)}`,
    )
    .join('\n');

function failures(scores: readonly Score[]): string {
  const lines = scores.flatMap((one) => {
    const { fixture, missed, invented } = one;
    const said = [
      ...(missed.length === 0 ? [] : [`missed ${missed.map(code).join(', ')}`]),
      ...(invented.length === 0 ? [] : [`invented ${invented.map((edge) => told(edge, one)).join(', ')}`]),
    ];
    if (said.length === 0) return [];
    return [`- ${fixture.name}${fixture.isHeldOut ? ' (held out)' : ''}: ${said.join('; ')}.`];
  });
  return lines.length === 0 ? 'Nothing.' : lines.join('\n');
}

function platformRow({ fixture, recovered, missed, invented }: Score): string {
  const folder = fixture.isHeldOut ? 'held-out/' : '';
  const link = `[${fixture.name}](../test/discovered/${folder}${fixture.name}.yaml)`;
  return `| ${link} | ${fixture.title} | ${recovered.length + missed.length} | ${recovered.length} | ${invented.length} |`;
}

/** What would be wrong to claim stands out. */
function told(edge: string, { wrong }: Score): string {
  return wrong.includes(edge) ? `${code(edge)} (which its description calls wrong)` : code(edge);
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const code = (text: string): string => `\`${text}\``;
