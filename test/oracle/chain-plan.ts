/** Random plans in which services with members read chains: `randomPlan`, with `jsonrpc` put in from the same stream. */
import { parsePlan } from '../../src/plan/index.ts';
import { randomPlan } from './random-plan.ts';

type Mutable = Record<string, unknown>;

/** A valid plan with at least one service with `jsonrpc`, as JSON text. */
export function randomChainPlan(random: () => number): string {
  for (;;) {
    const plan = JSON.parse(randomPlan(random)) as { services: Record<string, Mutable> };
    const names = Object.keys(plan.services);
    // A service needs only those before it: so who is trusted is one of them.
    const pools = names.filter((name, i) => readChain(plan.services, name, names.slice(0, i), random));
    const text = JSON.stringify(plan, undefined, 1);
    // What is never ready leaves states without probability, which the oracle's coherence does not see.
    if (text.includes('"ready": "0%"')) continue;
    if (pools.length > 0 && parsePlan(text, 'chains.yaml').plan !== undefined) return text;
  }
}

/** Makes a service with members a pool of nodes; whether it could. */
function readChain(
  services: Record<string, Mutable>,
  name: string,
  before: readonly string[],
  random: () => number,
): boolean {
  const service = services[name];
  if (service === undefined || (service.of === undefined && service.any === undefined)) return false;
  const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(random() * from.length)];
  const atLeast = service.of === undefined ? 1 : Number(service.atLeast);
  const verify = pick(
    service.of === undefined ? ['proof', undefined] : ['proof', 'proof', 'proof', 'quorum', undefined],
  );
  const jsonrpc: Mutable = { chain: 1 };
  delete service.verify;
  if (verify !== undefined) service.verify = verify;
  if (verify === 'proof') {
    const trusted = pick(before.filter((one) => services[one]?.pool === undefined));
    const isTrusted = trusted !== undefined && (atLeast === 1 || random() < 0.6);
    if (!isTrusted && atLeast === 1) return false;
    if (isTrusted) {
      jsonrpc.trusted = trusted;
      Object.assign(services[trusted] ?? {}, { url: 'https://trusted.example' });
    }
    const whom = jsonrpc.trusted === undefined ? [] : ['trusted'];
    const unproved = pick([...(atLeast > 1 ? ['quorum'] : []), ...whom, 'refuse', undefined]);
    if (unproved !== undefined) jsonrpc.unproved = unproved;
  }
  service.jsonrpc = jsonrpc;
  return true;
}
