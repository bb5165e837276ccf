import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findingsMarkdown } from '../../scripts/findings.js';
import { loadCatalog } from '../../src/catalog/load.ts';
import { catalogChances } from '../../src/cli/sector/chances.ts';
import * as engine from '../../src/sector/index.ts';
import { needFigures, providerFigures } from '../../src/sector/shares.ts';
import { root } from '../cli/keelson.ts';

test('docs/findings.md is what the data and the engine say now', { timeout: 60_000 }, () => {
  const { catalog } = loadCatalog(join(root, 'data'));
  const known = catalogChances(catalog, catalog.watchedUntil);
  const page = findingsMarkdown({ ...engine, needFigures, providerFigures, known });
  expect(page).toBe(readFileSync(join(root, 'docs', 'findings.md'), 'utf8'));
});
