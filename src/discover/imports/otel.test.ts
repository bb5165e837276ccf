import { describe, expect, test } from 'vitest';
import { EMPTY_CATALOG } from '../../catalog/index.ts';
import type { Draft } from '../draft.ts';
import { readOpenTelemetry } from './index.ts';

const draftOf = (text: string): Draft => {
  const { draft, problems } = readOpenTelemetry(text, 'x', { asOf: '2026-11-20', catalog: EMPTY_CATALOG });
  expect(problems).toEqual([]);
  if (draft === undefined) throw new Error('Expected a draft, found none.');
  return draft;
};
const graph = 'traces_service_graph_request_total';
const attribute = (key: string, stringValue: string): unknown => ({ key, value: { stringValue } });
const point = (server: string, count: unknown): unknown => ({
  attributes: [attribute('client', 'api'), attribute('server', server)],
  ...(count as object),
});

describe('an edge that was never called', () => {
  test.each([
    [
      'Prometheus’s text',
      `${graph}{client="api",server="new"} 7\n${graph}{client="api",server="old"} 0\n${graph}{client="api",server="none"} NaN\n`,
    ],
    [
      'an answer of Prometheus',
      JSON.stringify({
        data: {
          result: [
            { metric: { client: 'api', server: 'new' }, value: [1, '7'] },
            { metric: { client: 'api', server: 'old' }, value: [1, '0'] },
            { metric: { client: 'api', server: 'none' }, value: [1, 'NaN'] },
          ],
        },
      }),
    ],
    [
      'OTLP',
      JSON.stringify({
        resourceMetrics: [
          {
            scopeMetrics: [
              {
                metrics: [
                  {
                    name: graph,
                    sum: {
                      dataPoints: [
                        point('new', { asInt: '7' }),
                        point('old', { asInt: '0' }),
                        point('none', {}),
                      ],
                    },
                  },
                ],
              },
            ],
          },
        ],
      }),
    ],
    [
      'Jaeger',
      JSON.stringify({
        data: [
          { parent: 'api', child: 'new', callCount: 7 },
          { parent: 'api', child: 'old', callCount: 0 },
          { parent: 'api', child: 'none' },
        ],
      }),
    ],
  ])('of %s is no need, and is counted at the head', (_, text) => {
    const draft = draftOf(text);
    expect(draft.services.map(({ name, needs }) => [name, needs])).toEqual([
      ['api', 'new'],
      ['new', null],
    ]);
    expect(draft.comments.join('\n')).toContain('2 edges were listed and never called');
  });

  test('is one that no count of the file says otherwise of', () => {
    const draft = draftOf(
      `${graph}{client="api",server="db",failed="true"} 0\n${graph}{client="api",server="db",failed="false"} 3\n`,
    );
    expect(draft.services[0]).toMatchObject({ name: 'api', needs: 'db' });
    expect(draft.comments.join('\n')).not.toContain('never called');
  });
});
