import type { Reader } from '../document/index.ts';
import type { ContractValue, HealthValue, SourceValue } from './contract-shape.ts';

/** What is held in memory as a whole has at most so many bytes. */
export const MOST_IN_MEMORY = 16_000_000;

/** Reports what contradicts itself in a contract. What could not be read is not judged again. */
export function checkContract(contract: ContractValue, reader: Reader): void {
  checkFormat(contract, reader);
  checkSigned(contract, reader);
  checkReader(contract, reader);
  if (contract.source !== undefined) checkSource(contract.source, reader);
  checkRollout(contract, reader);
  for (const rule of contract.health ?? []) checkHealth(rule, reader);
}

/** What a format has no meaning for. */
const WITHOUT: Readonly<Record<ContractValue['format'], readonly string[]>> = {
  json: [],
  yaml: [],
  csv: ['rows.at', 'limits.depth', 'schema', 'version.at', 'expires.at'],
  text: [
    'rows.at',
    'rows.schema',
    'limits.entries',
    'limits.keys',
    'limits.depth',
    'schema',
    'version.at',
    'expires.at',
    'change.entries',
  ],
  binary: [
    'rows',
    'limits.rows',
    'limits.entries',
    'limits.keys',
    'limits.depth',
    'limits.text',
    'schema',
    'version.at',
    'expires.at',
    'change.rows',
    'change.entries',
  ],
};

function checkFormat(contract: ContractValue, reader: Reader): void {
  const { format, offset, rows, limits, schema, change, version, expires } = contract;
  if (contract.broken?.includes('format') === true) return;
  const said: readonly (readonly [key: string, at: number | undefined])[] = [
    ['rows', rows?.offset],
    ['rows.at', rows?.at?.at],
    ['rows.schema', rows?.schema?.at],
    ['limits.rows', limits?.rows === undefined ? undefined : limits.offset],
    ['limits.entries', limits?.entries === undefined ? undefined : limits.offset],
    ['limits.keys', limits?.keys === undefined ? undefined : limits.offset],
    ['limits.depth', limits?.depth === undefined ? undefined : limits.offset],
    ['limits.text', limits?.text === undefined ? undefined : limits.offset],
    ['schema', schema?.at],
    ['change.rows', change?.rows?.offset],
    ['change.entries', change?.entries?.offset],
    ['version.at', version?.at === 'signed' ? undefined : version?.offset],
    ['expires.at', expires?.at === 'signed' ? undefined : expires?.offset],
  ];
  for (const [key, at] of said)
    if (at !== undefined && WITHOUT[format].includes(key))
      reader.report('not-of-format', at, { key, format });
  const what = schema !== undefined ? 'schema' : format === 'yaml' ? 'format: yaml' : undefined;
  const bytes = limits?.bytes;
  if (what !== undefined && bytes !== undefined && bytes > MOST_IN_MEMORY)
    reader.report('held-in-memory', schema?.at ?? limits?.offset ?? offset, {
      what,
      found: bytes,
      limit: MOST_IN_MEMORY,
    });
  if (format === 'text')
    for (const together of rows?.unique ?? [])
      if (together.length !== 1 || together[0] !== 'line')
        reader.report('out-of-range', rows?.offset ?? offset, {
          expected: 'unique: line in a contract of text, whose rows are lines',
          found: `"${together.join(', ')}"`,
        });
  for (const { line, at } of rows?.required ?? [])
    if ((line !== undefined) !== (format === 'text'))
      reader.report('wrong-type', at, {
        expected: format === 'text' ? 'a line' : 'a row as {field: value}',
        found: format === 'text' ? 'a row of fields' : `"${line}"`,
      });
}

function checkSigned({ signed, version, expires }: ContractValue, reader: Reader): void {
  for (const [key, origin] of [
    ['version', version],
    ['expires', expires],
  ] as const)
    if (origin?.at === 'signed' && signed === undefined)
      reader.report('signed-unsaid', origin.offset, { key });
  const { need = 1, by } = signed ?? { by: [] };
  if (signed !== undefined && by.length > 0 && need > by.length)
    reader.report('need-beyond-keys', signed.offset, { need, keys: by.length });
}

function checkReader({ reader: rule }: ContractValue, reader: Reader): void {
  if (rule === undefined || rule.broken?.includes('command') === true) return;
  const [, ...args] = rule.command.words;
  if (!args.some((word) => word.includes('{file}')))
    reader.report('reader-without-file', rule.command.at, {});
}

function checkSource(source: SourceValue, reader: Reader): void {
  const found = (['file', 'folder', 'url'] as const).filter((key) => source[key] !== undefined);
  const isRead = !(source.broken ?? []).some((key) => key === 'file' || key === 'folder' || key === 'url');
  if (found.length !== 1 && isRead)
    reader.report('one-of-several', source.offset, {
      what: 'source',
      known: ['file', 'folder', 'url'],
      found,
    });
  const belongs = { match: 'folder', token: 'url', authority: 'url' } as const;
  for (const key of ['match', 'token', 'authority'] as const)
    if (source[key] !== undefined && found.length === 1 && found[0] !== belongs[key])
      reader.report('only-with', source.offset, { key, owner: belongs[key] });
}

function checkRollout({ canary, waves = [], targets = [], source }: ContractValue, reader: Reader): void {
  if (canary?.targets !== undefined && canary.share !== undefined)
    reader.report('one-of-several', canary.offset, {
      what: 'canary',
      known: ['targets', 'share'],
      found: ['targets', 'share'],
    });
  if (canary?.targets !== undefined && targets.length > 0 && canary.targets > targets.length)
    reader.report('canary-beyond-targets', canary.offset, {
      canary: canary.targets,
      targets: targets.length,
    });
  for (const [i, { share, at }] of waves.entries()) {
    const before = waves[i - 1]?.share ?? 0;
    const isLast = i === waves.length - 1;
    if (share <= before) reader.report('waves-not-rising', at, { share, before });
    else if (isLast && share !== 1) reader.report('waves-end-early', at, { share });
  }
  const files = new Map<string, string>();
  for (const { name, value } of targets) {
    const { text, at } = value.file;
    const first = files.get(text);
    if (text !== '' && text === source?.file?.text) reader.report('target-is-source', at, { name });
    else if (text !== '' && first !== undefined) reader.report('target-twice', at, { name, first });
    else files.set(text, name);
  }
}

function checkHealth(rule: HealthValue, reader: Reader): void {
  const kinds = ['url', 'command', 'metric'] as const;
  const found = kinds.filter((key) => rule[key] !== undefined);
  if (kinds.some((key) => rule.broken?.includes(key) === true)) return;
  if (found.length !== 1) {
    reader.report('one-of-several', rule.offset, { what: 'a health rule', known: kinds, found });
    return;
  }
  const belongs = { status: 'url', contains: 'url', atMost: 'metric', atLeast: 'metric', rate: 'metric' };
  for (const [key, owner] of Object.entries(belongs))
    if (rule[key as keyof typeof belongs] !== undefined && found[0] !== owner)
      // its own keys
      reader.report('only-with', rule.offset, { key, owner });
  if (found[0] !== 'metric') return;
  if (rule.name === undefined && rule.broken === undefined)
    reader.report('missing-key', rule.offset, { key: 'name', where: 'a health rule with metric' });
  if (rule.atMost === undefined && rule.atLeast === undefined && rule.broken === undefined)
    reader.report('missing-key', rule.offset, { key: 'atMost', where: 'a health rule with metric' });
}
