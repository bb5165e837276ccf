import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { loadCatalog } from '../../catalog/load.ts';
import { buildModel } from '../../model/index.ts';
import { parsePlan } from '../../plan/index.ts';
import { draftEdges, type Draft, type DraftService } from '../draft.ts';
import { writePlan } from '../write-plan.ts';
import { joinDrafts, readBackstage, readOpenTelemetry, readTerraform, type Imported } from './index.ts';

const root = new URL('../../../', import.meta.url);

const service = (name: string, needs: DraftService['needs'], source = name): DraftService => ({
  name,
  comments: [],
  needs,
  evidence: [{ source, date: '2026-11-20', confidence: 'medium', offset: 0 }],
});
const draft = (name: string, asOf: string, services: readonly DraftService[]): Draft => ({
  name,
  kind: 'other',
  asOf,
  comments: [`Of ${name}.`],
  journeys: [],
  services,
  providers: [],
});

describe('joinDrafts', () => {
  test('makes one of services of the same name, on the evidence of all', () => {
    const joined = joinDrafts([
      draft('one', '2026-11-01', [service('orders', 'db', 'a'), service('db', null)]),
      draft('two', '2026-11-20', [service('orders', { all: ['db', 'queue'] }, 'b'), service('queue', null)]),
    ]);
    expect(joined).toMatchObject({ name: 'one', asOf: '2026-11-20', comments: ['Of one.', 'Of two.'] });
    const orders = joined.services.find(({ name }) => name === 'orders');
    expect(orders?.needs).toEqual({ all: ['db', 'queue'] });
    expect(orders?.evidence.map(({ source }) => source)).toEqual(['a', 'b']);
    expect(joined.journeys.map(({ name }) => name)).toEqual(['orders']);
  });

  test('opens circles that only all of them together have', () => {
    const joined = joinDrafts([
      draft('one', '2026-11-01', [service('a', 'b'), service('b', null)]),
      draft('two', '2026-11-01', [service('b', 'a'), service('a', null)]),
    ]);
    expect(draftEdges(joined)).toEqual([{ from: 'a', to: 'b' }]);
    expect(joined.services.find(({ name }) => name === 'b')?.comments.join()).toContain('no circles');
  });

  test('leaves a single draft as it is, and wants at least one', () => {
    const one = draft('one', '2026-11-01', [service('a', null)]);
    expect(joinDrafts([one])).toBe(one);
    expect(() => joinDrafts([])).toThrow('Expected at least one draft, found none.');
  });

  test('joins the files of examples/import to the plan beside them', () => {
    const { catalog } = loadCatalog(fileURLToPath(new URL('data', root)));
    const read = (
      name: string,
      reader: (text: string, file: string, options: Parameters<typeof readTerraform>[2]) => Imported,
    ): Draft => {
      const file = `examples/import/${name}`;
      const { draft: made, problems } = reader(readFileSync(new URL(file, root), 'utf8'), name, {
        asOf: '2026-11-20',
        catalog,
        name: 'Trading platform',
        kind: 'exchange',
      });
      expect(problems).toEqual([]);
      if (made === undefined) throw new Error(`Expected a draft of ${file}, found none.`);
      return made;
    };
    const joined = joinDrafts([
      read('state.json', readTerraform),
      read('catalog-info.yaml', readBackstage),
      read('calls.json', readOpenTelemetry),
    ]);
    const text = writePlan(joined, catalog);
    const plan = new URL('examples/import/plan.yaml', root);
    if (process.env.KEELSON_GOLDEN === 'write') writeFileSync(plan, text);
    expect(readFileSync(plan, 'utf8')).toBe(text);
    const parsed = parsePlan(text, 'plan.yaml');
    if (parsed.plan === undefined) throw new Error('Expected the plan to load, found that it does not.');
    expect(buildModel(parsed.plan, catalog).model).toBeDefined();
    expect(text).not.toContain('not-a-real-password');
    expect(text).toContain('Does it run on aws_db_instance.orders or aws_ecs_service.orders?');
    // As what was seen from outside is put beside what files say.
    const again = joinDrafts([joined, draft('seen', '2026-11-01', [service('edge', null)])]);
    const asked = again.services.find(({ name }) => name === 'orders')?.comments ?? [];
    expect(asked).toEqual([...new Set(asked)]);
  });
});
