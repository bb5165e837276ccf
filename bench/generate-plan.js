// Seeded plans of a size that no person writes: what grows with what is measured on them.
//   node bench/generate-plan.js SEED [LAYERS] [SHARE OF SERVICES WITH ALTERNATIVES] > plan.yaml

import { seeded } from './seeded.js';

/**
 * @param {{seed: number, services?: number, layers?: number, alternatives?: number, journeys?: number}} options
 * @returns {string} a plan as YAML
 */
export function generatePlan({ seed, services = 2000, layers = 6, alternatives = 0.2, journeys = 60 }) {
  const random = seeded(seed);
  const pick = (count) => Math.floor(random() * count);
  const lines = [
    'keelson: 1',
    `platform: {name: Generated ${seed}, kind: exchange, currency: USD, asOf: 2026-11-01}`,
    'catalog: none',
    'journeys:',
  ];
  const perLayer = Math.floor(services / layers);
  const name = (layer, i) => `s${layer}-${i}`;
  for (let j = 0; j < journeys; j++) {
    const needs = new Set();
    while (needs.size < 3) needs.add(name(0, pick(perLayer)));
    const list = [...needs];
    lines.push(
      `  j${j}:`,
      `    tier: core`,
      `    slo: 99.9%`,
      `    loss: ${10 + pick(200)}k USD/h`,
      `    modes:`,
    );
    lines.push(
      `      full: {needs: [${list.join(', ')}]}`,
      `      reduced: {worth: 40%, needs: [${list.slice(0, 2).join(', ')}]}`,
    );
  }
  lines.push('services:');
  for (let layer = 0; layer < layers; layer++) {
    for (let i = 0; i < perLayer; i++) {
      const below = () => {
        if (layer + 1 < layers) return name(layer + 1, pick(perLayer));
        const provider = pick(10);
        const capability = pick(50);
        return `p${provider}/c${capability}@r${pick(4)}`;
      };
      const rate = `outages: {rate: ${(0.1 + random() * 2).toFixed(2)}/yr, mean: ${5 + pick(120)}m}`;
      if (random() < alternatives) {
        const first = below();
        let second = below();
        while (second === first) second = below();
        lines.push(
          `  ${name(layer, i)}: {${rate}, any: [${first}, {use: ${second}, ready: ${90 + pick(10)}%}], failover: {detect: 30s, switch: ${10 + pick(60)}s, success: 98%}}`,
        );
      } else {
        const needs = new Set([below()]);
        if (random() < 0.5) needs.add(below());
        lines.push(`  ${name(layer, i)}: {${rate}, needs: [${[...needs].join(', ')}]}`);
      }
    }
  }
  lines.push('providers:');
  for (let provider = 0; provider < 10; provider++) {
    lines.push(
      `  p${provider}:`,
      `    outages: {rate: ${(0.01 + random() * 0.05).toFixed(3)}/yr, mean: 2h}`,
      '    scopes:',
    );
    for (let region = 0; region < 4; region++)
      lines.push(`      r${region}: {outages: {rate: ${(0.05 + random() * 0.4).toFixed(2)}/yr, mean: 3h}}`);
    lines.push('    capabilities:');
    for (let capability = 0; capability < 50; capability++)
      lines.push(
        `      c${capability}: {outages: {rate: ${(0.1 + random()).toFixed(2)}/yr, mean: ${20 + pick(200)}m, per: region}}`,
      );
  }
  return `${lines.join('\n')}\n`;
}

if (process.argv[1]?.endsWith('generate-plan.js') === true) {
  const [seed = '1', layers = '6', alternatives = '0.2'] = process.argv.slice(2);
  process.stdout.write(
    generatePlan({ seed: Number(seed), layers: Number(layers), alternatives: Number(alternatives) }),
  );
}
