import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { buildModel, describeRecord } from '../model/index.ts';
import { parsePlan, parseReference } from '../plan/index.ts';
import { compileCatalog } from './compile.ts';
import { EMPTY_CATALOG, overlay, type Catalog, type CatalogCapability } from './index.ts';
import { loadCatalog } from './load.ts';

const LIBRARY = { file: 'library.yaml', text: 'watchedUntil: 2026-01-01\n' };

function compiled(text: string): ReturnType<typeof compileCatalog> {
  return compileCatalog(
    LIBRARY,
    [{ file: 'providers/p.yaml', text: `provider: p\nwatchedSince: null\n${text}` }],
    [],
  );
}

describe('the catalogue that comes with Keelson', () => {
  const { catalog, problems } = loadCatalog(fileURLToPath(new URL('../../data', import.meta.url)));

  test('is made without a problem', () => {
    expect(problems).toEqual([]);
    expect(catalog.providers.length).toBeGreaterThan(20);
    expect(catalog.counted.length).toBeGreaterThan(10);
  });

  test('resolves every incident that counts, and takes rates of watched providers from theirs', () => {
    for (const { incident, event, day } of catalog.counted) {
      const reference = parseReference(event);
      const provider = catalog.providers.find(({ name }) => name === reference?.provider);
      expect([incident, provider?.name]).toEqual([incident, reference?.provider]);
      const capability = provider?.capabilities.find(({ name }) => name === reference?.capability);
      expect([incident, capability?.name]).toEqual([incident, reference?.capability]);
      expect([incident, day <= catalog.watchedUntil]).toEqual([incident, true]);
      if (provider?.watchedSince == null) continue;
      const records =
        capability === undefined
          ? [provider.outages, ...provider.scopes.map(({ outages }) => outages)]
          : [capability.outages, ...capability.at.map(({ outages }) => outages)];
      expect([incident, records.some((record) => record?.kind === 'incidents')]).toEqual([incident, true]);
    }
  });

  test('gives every capability a rate, none, or says that it is not known', () => {
    for (const provider of catalog.providers)
      for (const capability of provider.capabilities) {
        const record = describeRecord(
          catalog,
          provider,
          capability,
          '',
          capability.outages,
          catalog.watchedUntil,
        );
        if (typeof record === 'string') continue;
        expect(record.ratePerYear).toBeGreaterThan(0);
        expect(record.meanHours).toBeGreaterThan(0);
        expect(record.interval[0]).toBeLessThanOrEqual(record.ratePerYear);
        expect(record.interval[1]).toBeGreaterThanOrEqual(record.ratePerYear);
      }
  });

  test('lets every capability be referenced, with a region and a zone', () => {
    const references = catalog.providers.flatMap(({ name, capabilities }) =>
      capabilities.map((capability) => `${name}/${capability.name}@r/z`),
    );
    const services = references.map((reference, i) => `  s${i}: {needs: ${reference}}`).join('\n');
    const all = `[${references.map((_, i) => `s${i}`).join(', ')}]`;
    const { plan } = parsePlan(
      `keelson: 1\nplatform: {name: P, asOf: 2026-11-01}\njourneys: {j: {modes: {m: {needs: ${all}}}}}\nservices:\n${services}\n`,
      'f',
    );
    const built = plan && buildModel(plan, catalog);
    expect(built?.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(built?.model?.references).toHaveLength(references.length);
  });
});

describe('a provider file', () => {
  test('named after another provider is refused', () => {
    const { problems } = compileCatalog(
      LIBRARY,
      [{ file: 'q.yaml', text: 'provider: p\nwatchedSince: null\n' }],
      [],
    );
    expect(problems.map(({ code }) => code)).toEqual(['file-name']);
  });

  test('whose inner needs name nothing is refused', () => {
    expect(
      compiled('capabilities: {c: {needs: [p/d, q/c]}, e: {needs: [p/c]}}').problems.map(({ code }) => code),
    ).toEqual(['unknown-capability', 'unknown-provider']);
  });

  test('is refused where the plan’s own providers would be', () => {
    const { problems } = compiled('capabilities: {c: {outages: {rate: 3}, protects: [fire]}}');
    expect(problems.map(({ code }) => code).sort()).toEqual(['missing-key', 'wrong-type', 'wrong-word']);
  });
});

describe('what a plan says of a provider', () => {
  const { catalog } = compiled(`
name: The provider
kind: cloud
outages: {rate: 1/yr, mean: 1h}
scopes: {r: {outages: {rate: 2/yr, mean: 1h}}}
capabilities:
  c:
    outages: {rate: 3/yr, mean: 1h, per: region}
    at: {r: {outages: none}, s: {outages: none}}
    protects: [waf]
    needs: [p/d]
  d: {plane: control}
`);

  function laidOver(providers: string): Catalog {
    const { plan } = parsePlan(
      `keelson: 1\nplatform: {name: P, asOf: 2026-11-01}\njourneys: {j: {modes: {m: {needs: p/c@r}}}}\nproviders: ${providers}\n`,
      'f',
    );
    return overlay(catalog, plan?.providers ?? []);
  }

  const capability = (of: Catalog, name: string): CatalogCapability | undefined =>
    of.providers.find((provider) => provider.name === 'p')?.capabilities.find((one) => one.name === name);

  test('replaces what the catalogue says, field by field', () => {
    const one = laidOver('{p: {capabilities: {c: {protects: [ddos]}}}}');
    expect(capability(one, 'c')).toEqual({ ...capability(catalog, 'c'), protects: ['ddos'] });
    expect(capability(one, 'd')).toEqual(capability(catalog, 'd'));
    expect(one.providers[0]).toMatchObject({ title: 'The provider', kind: 'cloud', outages: { rate: 1 } });
  });

  test('keeps the level of a record that it gives another rate', () => {
    expect(
      capability(laidOver('{p: {capabilities: {c: {outages: {rate: 9/yr, mean: 2h}}}}}'), 'c')?.outages,
    ).toMatchObject({ rate: 9, mean: 2, per: 'region' });
    expect(
      capability(laidOver('{p: {capabilities: {c: {outages: {rate: 9/yr, mean: 2h, per: zone}}}}}'), 'c')
        ?.outages,
    ).toMatchObject({ per: 'zone' });
  });

  test('adds and replaces places', () => {
    const one = laidOver(
      '{p: {scopes: {s: {outages: none}}, capabilities: {c: {at: {r: {outages: {rate: 7/yr, mean: 1h}}}}}}}',
    );
    expect(one.providers[0]?.scopes.map(({ scope }) => scope)).toEqual(['r', 's']);
    expect(capability(one, 'c')?.at).toMatchObject([
      { scope: 'r', outages: { rate: 7 } },
      { scope: 's', outages: { kind: 'none' } },
    ]);
  });

  test('adds capabilities and providers', () => {
    const one = laidOver('{p: {capabilities: {e: {}}}, q: {capabilities: {c: {}}}}');
    expect(
      one.providers.map(({ name, capabilities }) => [name, capabilities.map((each) => each.name)]),
    ).toEqual([
      ['p', ['c', 'd', 'e']],
      ['q', ['c']],
    ]);
  });

  test('leaves the catalogue as it was', () => {
    const before = structuredClone(catalog);
    laidOver('{p: {outages: none, capabilities: {c: {outages: none}}}}');
    expect(catalog).toEqual(before);
    expect(overlay(EMPTY_CATALOG, [])).toBe(EMPTY_CATALOG);
  });
});
