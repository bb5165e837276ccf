import { describe, expect, it } from 'vitest';
import { parseModel } from './read.ts';

/** The example of the format's "Fault Tree Layer", with a private component B. */
const model = (reference: string, inB = ''): string => `<opsa-mef>
<define-fault-tree name="FT">
  <define-gate name="TOP"><basic-event name="${reference}"/></define-gate>
  <define-component name="A">
    <define-basic-event name="BE1"><float value="0.1"/></define-basic-event>
    <define-component name="B" role="private">
      <define-basic-event name="BE2"><float value="0.2"/></define-basic-event>
      <define-basic-event name="BE1"><float value="0.3"/></define-basic-event>
      <define-basic-event name="BE5" role="public"><float value="0.5"/></define-basic-event>
      ${inB}
    </define-component>
  </define-component>
</define-fault-tree>
<define-fault-tree name="FT2"><define-component name="A"><define-basic-event name="BE7" role="private"><float value="0.7"/></define-basic-event></define-component></define-fault-tree>
</opsa-mef>`;

const seen = (text: string, roots: readonly string[]): unknown => {
  const { tree, problems } = parseModel(text, { file: 'x.xml', roots });
  return tree?.events.map(({ name, probability }) => [name, probability]) ?? problems.map(({ code }) => code);
};

describe('a reference', () => {
  it.each<[string, unknown]>([
    ['BE1', [['BE1', 0.1]]],
    ['A.BE1', [['BE1', 0.1]]],
    ['FT.A.BE1', [['BE1', 0.1]]],
    ['FT.A.B.BE1', [['FT.A.B.BE1', 0.3]]],
    ['A.B.BE2', [['FT.A.B.BE2', 0.2]]],
    ['BE5', [['BE5', 0.5]]],
    ['BE2', ['undefined-event']],
    ['B.BE2', ['undefined-event']],
    ['FT2.A.BE7', [['FT2.A.BE7', 0.7]]],
    ['BE7', ['undefined-event']],
    ['FT.FT.A.BE1', ['undefined-event']],
    ['.', ['undefined-event']],
    ['constructor', ['undefined-event']],
  ])('from the fault tree to %s means %j', (reference, expected) => {
    expect(seen(model(reference), ['TOP'])).toEqual(expected);
  });

  it.each<[string, unknown]>([
    ['BE1', [['FT.A.B.BE1', 0.3]]],
    ['BE2', [['FT.A.B.BE2', 0.2]]],
    ['B.BE1', [['FT.A.B.BE1', 0.3]]],
    ['A.BE1', [['BE1', 0.1]]],
  ])('from inside a private component to %s means %j', (reference, expected) => {
    const gate = `<define-gate name="G"><event name="${reference}"/></define-gate>`;
    expect(seen(model('BE1', gate), ['FT.A.B.G'])).toEqual(expected);
  });
});
