/** `keelson drill --protections` before real edges: nginx with ModSecurity and the Core Rule Set, twice, and HAProxy that only passes on. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ProtectionAnswer } from '../../src/cli/drill/protections.ts';
import { protectionDrillText } from '../../src/reporters/index.ts';
import { startHaproxy } from '../parts/haproxy.ts';
import { freePort, has, makeFolder } from '../parts/part.ts';
import { startSite } from '../parts/site.ts';
import { hasWaf, startWaf } from '../parts/waf.ts';
import { keelsonLater } from './keelson-later.ts';

const started: (() => unknown)[] = [];
afterAll(async () => {
  for (const stop of started.splice(0).reverse()) await stop();
});

const planOf = (edge: number, gateway: number, site: string): string => `keelson: 1
platform: {name: Shop, asOf: 2026-11-01}
catalog: none
journeys:
  buy:
    protections: {need: [waf, bot], missing: refuse}
    match: [{path: /orders, methods: [GET, POST], to: site}]
    try: [{send: GET /orders}, {send: POST /orders, body: "{}"}]
    modes: {full: {needs: [edge, site]}}
  look:
    protections: {need: [waf], missing: serve}
    match: [{path: /**, methods: [GET], to: site}]
    try: [{send: GET /}]
    modes: {full: {needs: [edge, site]}}
  read:
    protections: {need: [bot], missing: serve}
    match: [{path: /news, methods: [GET], to: site}]
    modes: {full: {needs: [site]}}
services:
  edge:
    outages: none
    front: true
    url: "http://shop.localhost:${edge}/"
    probe: {every: 200ms, timeout: 1s}
    any:
      - {use: [cirrus/cdn, cirrus/waf, cirrus/bots], answer: [127.0.0.2]}
      - use: [quick/cdn,
              quick/waf]
        answer: [127.0.0.3]
      - {use: [stratus/edge], answer: [127.0.0.4]}
    failover: {switch: 1s}
  site: {outages: none, url: "${site}"}
providers:
  cirrus: {capabilities: {cdn: {outages: none}, waf: {outages: none, protects: [waf]}, bots: {outages: none, protects: [bot]}}}
  quick: {capabilities: {cdn: {outages: none}, waf: {outages: none, protects: [waf]}}}
  stratus: {capabilities: {edge: {outages: none, protects: [waf]}}}
drill: {environment: sandbox, listen: "127.0.0.1:${gateway}"}
`;

describe.skipIf(!hasWaf() || !has('haproxy'))('drill --protections', () => {
  const folder = makeFolder();
  const file = join(folder, 'plan.yaml');
  let text = '';
  beforeAll(async () => {
    started.push(() => rmSync(folder, { recursive: true }));
    const site = await startSite('site');
    started.push(() => site.close());
    const [edge, gateway] = [await freePort('127.0.0.2'), await freePort()];
    const to = `127.0.0.1:${gateway}`;
    const edges = await Promise.all([
      startWaf({ host: '127.0.0.2', port: edge, to: `http://${to}` }),
      startHaproxy({ host: '127.0.0.3', port: edge, to: [to] }),
      startWaf({ host: '127.0.0.4', port: edge, to: `http://${to}` }),
    ]);
    for (const part of edges) started.push(() => part.kill());
    text = planOf(edge, gateway, site.url);
    writeFileSync(file, text);
  });

  test('what ModSecurity blocks and a fallback that claims a waf lets through is blamed at its line; who has it agrees', async () => {
    const run = await keelsonLater(['drill', file, '--protections', '--json']);
    expect([run.exit, run.err]).toEqual([1, '']);
    const answer = JSON.parse(run.out) as ProtectionAnswer; // its own contract
    const { protections } = answer;
    expect([answer.schema, answer.outcome, protections.outcome]).toEqual([
      'keelson.drill/1',
      'wrong',
      'wrong',
    ]);
    const seen = protections.paths[0]?.alternatives.map(({ twins, seen: of }) => {
      const waf = of.find(({ protection }) => protection === 'waf');
      return [twins, waf?.isClaimed, waf?.blocked.length, waf?.through.length, waf?.leaks.length];
    });
    const [blocked = 0, through = 0] = [seen?.[0]?.[2], seen?.[0]?.[3]].map(Number);
    // Of the shapes of CRS nearly all are known to it at its first level, and each was blocked by the edge itself.
    expect(blocked).toBeGreaterThanOrEqual(35);
    expect(seen).toEqual([
      ['open', true, blocked, through, 0],
      ['open', true, 0, blocked + through, blocked],
      ['open', true, blocked, through, 0],
    ]);
    expect(classesBlocked(protections)).toEqual(
      new Set(['sql', 'shell', 'script', 'code', 'traversal', 'inclusion', 'protocol', 'scanner']),
    );

    const line = text.split('\n').findIndex((one) => one.includes('quick/waf]')) + 1;
    const [wrong, better, ...more] = protections.findings;
    expect(more).toEqual([]);
    expect(wrong).toMatchObject({
      kind: 'absent',
      outcome: 'wrong',
      edge: 'edge.any[2]',
      protection: 'waf',
      file,
      line,
      edit: { says: 'edge.any[2] does not use quick/waf', yaml: 'use: [quick/cdn]' },
      exposes: [
        { journey: 'buy', modes: ['full'], missing: 'refuse' },
        { journey: 'look', modes: ['full'], missing: 'serve' },
      ],
    });
    expect(better).toMatchObject({
      kind: 'unsaid',
      outcome: 'better',
      edge: 'edge.any[3]',
      protection: 'bot',
    });
    const shown = protectionDrillText(protections, { plan: answer.plan });
    expect(shown).toContain(`1 protection not as the plan says: edge.any[2] (waf, ${file}:${line}).`);
  }, 20_000);
});

function classesBlocked({ samples, paths }: ProtectionAnswer['protections']): Set<string> {
  const blocked = paths[0]?.alternatives[0]?.samples.filter(({ outcome }) => outcome === 'blocked') ?? [];
  return new Set(
    samples.filter(({ id }) => blocked.some(({ sample }) => sample === id)).map((one) => one.class),
  );
}
