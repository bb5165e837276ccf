import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { expectWithin, secondsOf } from '../../test/pace.ts';
import { loadCatalog } from '../catalog/load.ts';
import { parsePlan, type Plan } from '../plan/index.ts';
import { addEvidence } from './add-evidence.ts';
import { crawlOf } from './crawls.corpus.ts';
import { hasDrift, type DiscoveryDrift } from './drift.ts';
import { loadFingerprints } from './fingerprints/load.ts';
import { discoverer, mergeDraft, type Draft } from './index.ts';

const data = join(import.meta.dirname, '..', '..', 'data');
const { catalog } = loadCatalog(data);
const discover = discoverer(loadFingerprints(join(data, 'fingerprints')).fingerprints, catalog);

const drafted: Draft = discover(
  crawlOf({
    dns: {
      'example.test NS': ['ada.ns.cloudflare.com'],
      'example.test A': ['104.16.1.1'],
      'example.test MX': ['1 aspmx.l.google.com'],
      'api.example.test A': ['52.95.110.1'],
    },
    pages: {
      'https://example.test/': { names: ['endpoint mainnet.infura.io/v3/…', 'endpoint api.example.test/v1'] },
    },
  }),
).draft;

function planOf(services: string): { plan: Plan; text: string } {
  const text = `keelson: 1\nplatform: {name: Quay, asOf: 2026-11-01}\njourneys: {site: {modes: {full: {needs: [site]}}}}\nservices:\n${services}`;
  const { plan, problems } = parsePlan(text, 'quay.yaml');
  if (plan === undefined) throw new Error(JSON.stringify(problems));
  return { plan, text };
}

const held = (services: string): DiscoveryDrift => mergeDraft(planOf(services).plan, drafted, catalog);

describe('a plan held against what was found', () => {
  const whole =
    '  site: {needs: [front, cloudflare/dns, infura/rpc, machines, google-workspace/mail]}\n  front: {needs: [cloudflare/cdn]}\n  machines: {needs: [aws/ec2@us-east-1/use1-az4]}\nproviders: {google-workspace: {capabilities: {mail: {kind: email}}}}\n';

  test('has all of it, whatever its services are called and however close it knows', () => {
    const drift = held(whole);
    expect(hasDrift(drift)).toBe(false);
    expect(drift.confirmed.map(({ service, on, seen }) => [service, on, seen])).toEqual([
      ['site', 'cloudflare/dns', 'cloudflare/dns'],
      ['site', 'infura/rpc', 'infura/rpc'],
      ['site', 'google-workspace/mail', 'google-workspace/mail'],
      ['front', 'cloudflare/cdn', 'cloudflare/cdn'],
      ['machines', 'aws/ec2@us-east-1/use1-az4', 'aws/compute'],
    ]);
    expect(drift.confirmed[0]?.evidence).toMatchObject([
      { source: 'DNS, example.test NS', confidence: 'high' },
    ]);
  });

  test('has what files say of it by their own services, and no machine in a zone for a balancer', () => {
    const part = (name: string, ...all: string[]): Draft['services'][number] => ({
      name,
      comments: [],
      needs: { all },
      evidence: [{ source: `${name}.json`, date: null, confidence: 'high', offset: 0 }],
    });
    const described: Draft = {
      ...drafted,
      services: [
        part('db', 'aws/ec2@us-east-1/use1-az4'),
        part('tasks', 'aws/ec2@us-east-1/use1-az4', 'aws/ecs-eks-fargate@us-east-1'),
      ],
      providers: [],
    };
    const { plan } = planOf(
      '  site: {needs: [tasks, aws/load-balancer@us-east-1]}\n  tasks: {needs: [aws/ec2@us-east-1/use1-az4, aws/ecs-eks-fargate@us-east-1]}\nproviders: {aws: {capabilities: {load-balancer: {kind: load-balancer}}}}\n',
    );
    const { confirmed, notSeen } = mergeDraft(plan, described, catalog);
    expect(confirmed.map(({ on, seen, evidence }) => [on, seen, evidence[0]?.source])).toEqual([
      ['aws/ec2@us-east-1/use1-az4', 'aws/ec2@us-east-1/use1-az4', 'tasks.json'],
      ['aws/ecs-eks-fargate@us-east-1', 'aws/ecs-eks-fargate@us-east-1', 'tasks.json'],
    ]);
    expect(notSeen.map(({ on }) => on)).toEqual(['aws/load-balancer@us-east-1']);
  });

  test('lacks what was seen besides', () => {
    const drift = held(whole.replace(', infura/rpc', ''));
    expect(drift.added.map(({ from, on }) => [from, on])).toEqual([['chain-reads', 'infura/rpc']]);
    expect(hasDrift(drift)).toBe(true);
  });

  test('says one where another was seen', () => {
    const drift = held(whole.replace('cloudflare/cdn', 'fastly/cdn'));
    expect(drift.contradicted).toMatchObject([
      { service: 'front', on: 'fastly/cdn', seen: ['cloudflare/cdn'] },
    ]);
    expect(drift.notSeen).toEqual([]);
  });

  test('knows what cannot be seen from outside from what would show', () => {
    const drift = held(
      whole.replace('[cloudflare/cdn]', '[cloudflare/cdn, aws/dynamodb@us-east-1, hcaptcha/challenge]'),
    );
    expect(drift.notSeen).toEqual([
      { service: 'front', on: 'aws/dynamodb@us-east-1', wouldShow: false },
      { service: 'front', on: 'hcaptcha/challenge', wouldShow: true },
    ]);
    expect(hasDrift(drift)).toBe(false);
  });
});

describe('evidence in the text of a plan', () => {
  const forms: readonly (readonly [string, string, string])[] = [
    [
      'a flow mapping',
      '  site: {needs: [cloudflare/dns]} # why\n',
      '  site: {evidence: {…}, needs: [cloudflare/dns]} # why\n',
    ],
    [
      'lines',
      '  site:   # why\n    # above\n    needs: [cloudflare/dns]\n',
      '  site:   # why\n    # above\n    evidence: {…}\n    needs: [cloudflare/dns]\n',
    ],
    [
      'a list in lines',
      '  site:\n    needs: [cloudflare/dns]\n    evidence:\n    # old\n    - {source: a, date: null, confidence: low} # x\n',
      '  site:\n    needs: [cloudflare/dns]\n    evidence:\n    # old\n    - {…}\n    - {source: a, date: null, confidence: low} # x\n',
    ],
    [
      'a flow list',
      '  site: {needs: [cloudflare/dns], evidence: [{source: a, date: null, confidence: low}]}\n',
      '  site: {needs: [cloudflare/dns], evidence: [{…}, {source: a, date: null, confidence: low}]}\n',
    ],
    [
      'one piece',
      '  site:\n    needs: [cloudflare/dns]\n    evidence: {source: "a }", date: null, confidence: low}\n',
      '  site:\n    needs: [cloudflare/dns]\n    evidence: [{…}, {source: "a }", date: null, confidence: low}]\n',
    ],
  ];
  const short = (text: string): string =>
    text.replaceAll(/\{source: "DNS, example\.test NS"[^{}]*\}/g, '{…}');

  test.each(forms)('goes into %s, and nothing else is touched', (_, before, after) => {
    const { plan, text } = planOf(before);
    const { text: changed, added, left } = addEvidence(text, 'quay.yaml', mergeDraft(plan, drafted, catalog));
    expect(left).toEqual([]);
    expect(added).toBe(1);
    expect(short(changed)).toBe(text.replace(before, after));
  });

  test.each(forms)('goes there once, in %s', (_, before) => {
    const { plan, text } = planOf(before);
    const drift = mergeDraft(plan, drafted, catalog);
    const once = addEvidence(text, 'quay.yaml', drift).text;
    expect(addEvidence(once, 'quay.yaml', drift)).toEqual({ text: once, added: 0, left: [] });
  });

  test('keeps the ends of lines', () => {
    const { plan, text } = planOf('  site:\n    needs: [cloudflare/dns]\n'.replaceAll('\n', '\r\n'));
    const { text: changed, added } = addEvidence(text, 'quay.yaml', mergeDraft(plan, drafted, catalog));
    expect(added).toBe(1);
    expect(changed.split('\r\n').length).toBe(text.split('\r\n').length + 1);
  });

  test.each([
    [
      'one piece in lines',
      '  site:\n    needs: [cloudflare/dns]\n    evidence:\n      source: a\n      date: null\n      confidence: low\n',
    ],
    ['what an alias stands for', '  site: &a {needs: [cloudflare/dns]}\n  other: *a\n'],
  ])('is said and not placed in %s', (_, services) => {
    const { plan, text } = planOf(services);
    const { text: changed, added, left } = addEvidence(text, 'quay.yaml', mergeDraft(plan, drafted, catalog));
    expect({ changed, added }).toEqual({ changed: text, added: 0 });
    expect(left.length).toBeGreaterThan(0);
    expect(left[0]?.text).toContain('DNS, example.test NS');
  });

  test('of a journey is left to people', () => {
    const { plan } = planOf('  site: {needs: [cloudflare/dns]}\n');
    const drift = mergeDraft(plan, drafted, catalog);
    const ofJourney = {
      ...drift,
      confirmed: drift.confirmed.map((one) => ({ ...one, service: 'journey site' })),
    };
    expect(addEvidence('keelson: 1\n', 'x.yaml', ofJourney).left).toMatchObject([
      { service: 'journey site' },
    ]);
  });
});

test('a large plan is held against as large a draft without waiting', () => {
  const many = Array.from({ length: 6_000 }, (_, i) => i);
  const { plan } = planOf(
    ['  site: {needs: [s0]}', ...many.map((i) => `  s${i}: {needs: [aws/c${i % 3_000}]}`), ''].join('\n'),
  );
  const services = many.map((i) => ({
    name: `t${i}`,
    comments: [],
    needs: `aws/c${(i % 3_000) + 1_500}`,
    evidence: [],
  }));
  const seconds = secondsOf(() => {
    const drift = mergeDraft(plan, { ...drafted, services, providers: [] }, catalog);
    expect([drift.confirmed.length, drift.notSeen.length, drift.added.length]).toEqual([3_000, 3_000, 3_000]);
  });
  expectWithin(seconds, 3);
});
