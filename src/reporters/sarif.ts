import type { Assessment } from '../assess/index.ts';
import { printable } from '../problems.ts';

/**
 * The findings of assessments as SARIF 2.1.0, one run for all, so that a code host shows each at its line of the plan.
 * https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
export function assessmentSarif(results: readonly Assessment[]): string {
  const findings = results.flatMap(({ plan, findings: own }) =>
    own.map((finding) => ({ ...finding, file: plan.file })),
  );
  const codes = [...new Set(findings.map(({ code }) => code))].sort();
  const run = {
    tool: {
      driver: {
        name: 'keelson',
        rules: codes.map((id) => ({ id, help: { text: `docs/problems.md, ${id}` } })),
      },
    },
    columnKind: 'utf16CodeUnits',
    results: findings.map(({ code, severity, message, file, line, column }) => ({
      ruleId: code,
      ruleIndex: codes.indexOf(code),
      level: severity,
      message: { text: printable(message) },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: file.split(/[\\/]/).map(encodeURIComponent).join('/') },
            region: { startLine: line, startColumn: column },
          },
        },
      ],
    })),
  };
  return JSON.stringify(
    { $schema: 'https://json.schemastore.org/sarif-2.1.0.json', version: '2.1.0', runs: [run] },
    undefined,
    2,
  );
}
