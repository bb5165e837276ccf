import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadCatalog } from '../catalog/load.ts';
import type { Incident } from '../incidents/index.ts';
import { buildModel, type Model } from '../model/index.ts';
import { parsePlan } from '../plan/index.ts';
import { replay } from './index.ts';

const { catalog, incidents } = loadCatalog(join(import.meta.dirname, '..', '..', 'data'));

function modelOf(reads: string, own = 'hetzner/server@fsn1'): Model {
  const text = `keelson: 1
platform: {name: P, asOf: 2026-11-01}
journeys: {balances: {modes: {full: {needs: reads}}}}
services:
  reads: {outages: none, ${reads}}
  infura-rpc: {outages: none, needs: infura/rpc, url: "https://mainnet.infura.io/v3"}
  alchemy-rpc: {outages: none, needs: alchemy/rpc, url: "https://eth-mainnet.g.alchemy.com/v2"}
  own-node: {outages: none, needs: ${own}, url: "https://node.example"}
`;
  const { plan, problems } = parsePlan(text, 'plan.yaml');
  if (plan === undefined) throw new Error(problems.map(({ message }) => message).join('\n'));
  const built = buildModel(plan, catalog);
  if (built.model === undefined) throw new Error(built.problems.map(({ message }) => message).join('\n'));
  return built.model;
}

function incident(id: string): Incident {
  const found = incidents.find((one) => one.id === id);
  if (found === undefined) throw new Error(`No incident ${id}.`);
  return found;
}

const ALONE = 'any: [infura-rpc]';
const SEVERAL = 'atLeast: 2, of: [infura-rpc, alchemy-rpc, own-node]';
const POOL = 'jsonrpc: {chain: 1}';
const trusting = (service: string): string =>
  `${SEVERAL}, verify: proof, jsonrpc: {chain: 1, trusted: ${service}}`;

function balances(model: Model, what: Incident): { readonly down: number | null; readonly altered: number } {
  const [journey] = replay(model, what, { catalog, details: false }).journeys;
  return { down: journey?.minutesDown ?? null, altered: journey?.minutesAltered ?? Number.NaN };
}

describe('a pool of nodes, while Infura failed on 22 April 2022', () => {
  test.each([
    [`${ALONE}, ${POOL}`, 85],
    [`${SEVERAL}, ${POOL}`, 0],
    [`${SEVERAL}, verify: quorum, ${POOL}`, 0],
    [`${SEVERAL}, verify: proof, ${POOL}`, 0],
    [trusting('own-node'), 0],
    // Nobody else is believed for headers: what could be read cannot be proved.
    [trusting('infura-rpc'), 85],
  ])('%s: is down for %i minutes', (reads, down) => {
    expect(balances(modelOf(reads), incident('infura-2022-04-22'))).toEqual({ down, altered: 0 });
  });
});

describe('a pool of nodes, while DynamoDB in us-east-1 failed on 20 October 2025', () => {
  /** An own node that keeps its state there. */
  const own = 'aws/dynamodb@us-east-1';
  const failed = incident('aws-us-east-1-2025-10-20');
  const alone = balances(modelOf(`any: [own-node], ${POOL}`, own), failed).down;

  test('takes the own node with it', () => {
    expect(alone).toBeGreaterThan(150);
  });

  test.each(['', 'verify: quorum, ', 'verify: proof, '])(
    'goes on with the two that are left: %s',
    (verify) => {
      expect(balances(modelOf(`${SEVERAL}, ${verify}${POOL}`, own), failed).down).toBe(0);
    },
  );

  test('stops where the own node alone is believed for headers', () => {
    expect(balances(modelOf(trusting('own-node'), own), failed).down).toBe(alone);
    expect(balances(modelOf(trusting('alchemy-rpc'), own), failed).down).toBe(0);
  });
});

describe('a pool of nodes, while a provider lies', () => {
  const failed = incident('infura-2022-04-22');
  const lying: Incident = {
    ...failed,
    effects: failed.effects.map((effect) => ({
      ...effect,
      phases: effect.phases.map((phase) => ({ ...phase, mode: 'integrity-loss' })),
    })),
  };

  test.each([
    [`${ALONE}, ${POOL}`, 85],
    [`${SEVERAL}, ${POOL}`, 85],
    [`${SEVERAL}, verify: quorum, ${POOL}`, 0],
    [`${SEVERAL}, verify: proof, ${POOL}`, 0],
    [trusting('own-node'), 0],
    [trusting('infura-rpc'), 85],
  ])('%s: is altered for %i minutes', (reads, altered) => {
    expect(balances(modelOf(reads), lying).altered).toBe(altered);
  });
});
