import { NOTHING, type Sample } from '../sample.ts';

const RULES = 'CRS 913 scanner detection';
/** The tool's name is all that is of it. */
const scanner = (what: string, agent: string): Sample => ({
  id: `scanner-${what}`,
  class: 'scanner',
  protection: 'bot',
  rules: RULES,
  form: { kind: 'header', name: 'user-agent', value: `${agent} (${NOTHING})`, twin: undefined },
});

export const SCANNER: readonly Sample[] = [
  scanner('sqlmap', 'sqlmap/1.0'),
  scanner('nikto', 'Mozilla/5.00 (Nikto/2.1.6)'),
  scanner('nmap', 'Mozilla/5.0 (compatible; Nmap Scripting Engine)'),
  scanner('masscan', 'masscan/1.3'),
  scanner('nuclei', 'Nuclei - Open-source project'),
];
