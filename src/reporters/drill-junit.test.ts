import { SaxesParser } from 'saxes';
import { describe, expect, test } from 'vitest';
import { drillResult, faultResult, hostileDrill, journeyResult } from '../../test/drill-example.ts';
import { drillJunit } from './index.ts';

interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Element[];
  text: string;
}

/** @throws where it is not well-formed */
function rootOf(xml: string): Element {
  const open: Element[] = [{ name: '', attributes: {}, children: [], text: '' }];
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => {
    const element: Element = { name, attributes, children: [], text: '' };
    open.at(-1)?.children.push(element);
    open.push(element);
  });
  parser.on('text', (text) => {
    const element = open.at(-1);
    if (element !== undefined) element.text += text;
  });
  parser.on('closetag', () => {
    open.pop();
  });
  parser.write(xml).close();
  const [root] = open[0]?.children ?? [];
  if (root === undefined) throw new Error('no root');
  return root;
}

function casesOf(suite: Element | undefined): Element[] {
  return suite?.children.filter(({ name }) => name === 'testcase') ?? [];
}

describe('a drill as JUnit XML', () => {
  test('is a suite a fault and a case a journey, with what did not hold', () => {
    const fault = faultResult('cloudflare', { ...drillResult().faults[0], same: ['cloudflare/cdn'] });
    const drill = drillResult({
      faults: [fault],
      leftOut: [{ name: 'gcp', why: 'it stands at no address' }],
    });
    const common = `\
      <property name="plan" value="Harbor"/>
      <property name="plan.file" value="harbor/plan.yaml"/>
      <property name="plan.digest" value="sha256:0a1b2c"/>
      <property name="plan.asOf" value="2026-11-01"/>
      <property name="environment" value="sandbox"/>
      <property name="versions.keelson" value="0.9.0"/>
      <property name="versions.node" value="22.11.0"/>
      <property name="versions.faults" value="keelson 0.9.0"/>
      <property name="speed" value="1"/>
      <property name="toleranceMs" value="4000"/>`;
    expect(drillJunit(drill)).toBe(`\
<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite name="cloudflare" package="keelson.drill" id="0" timestamp="2026-11-22T10:00:00" hostname="localhost" tests="4" failures="1" errors="0" skipped="0" time="120.000">
    <properties>
${common}
      <property name="fault.kind" value="provider"/>
      <property name="fault.as" value="refuse"/>
      <property name="fault.same" value="cloudflare/cdn"/>
      <property name="fault.place" value="127.0.0.1:7201 cloudflare/cdn"/>
    </properties>
    <testcase classname="cloudflare" name="trade" time="120.000"/>
    <testcase classname="cloudflare" name="withdraw" time="120.000">
      <failure type="differs" message="full for 86 s from 34 s on, where queued was predicted.">predicted: queued within 30 s
observed: full
differs: full for 86 s from 34 s on, where queued was predicted.
lets-through (POST /withdraw, 7 times, first after 35 s): It was answered with 200, and queued refuses it.
twice (POST /withdraw): 2 writes were done twice.
harbor/plan.yaml:46:7 edge.any[0]: fastly/bot-management is not in the way.
smallest edit: Leave bot out of what withdraw needs.
withdraw:
  modes:
    full: {needs: [edge]}</failure>
    </testcase>
    <testcase classname="cloudflare" name="login" time="120.000"/>
    <testcase classname="cloudflare" name="market-data" time="120.000"/>
    <system-out/>
    <system-err/>
  </testsuite>
  <testsuite name="the drill itself" package="keelson.drill" id="1" timestamp="2026-11-22T10:00:00" hostname="localhost" tests="2" failures="0" errors="0" skipped="1" time="750.000">
    <properties>
${common}
    </properties>
    <testcase classname="the drill itself" name="ran to its end, and took away all that it put" time="0.000"/>
    <testcase classname="the drill itself" name="gcp" time="0.000">
      <skipped type="left-out" message="it stands at no address"></skipped>
    </testcase>
    <system-out/>
    <system-err/>
  </testsuite>
</testsuites>`);
  });

  test('has an error where it was ended early, or something was left behind', () => {
    const errorOf = (more: Parameters<typeof drillResult>[0]): Element | undefined =>
      casesOf(rootOf(drillJunit(drillResult(more))).children.at(-1))[0]?.children[0];
    expect(errorOf({})).toBeUndefined();
    expect(errorOf({ outcome: 'stopped', stopped: 'It was ended by hand.' })?.attributes).toEqual({
      type: 'stopped',
      message: 'STOPPED before its time: It was ended by hand.',
    });
    expect(errorOf({ restored: false })?.attributes.type).toBe('not-restored');
  });

  test('counts what it holds', () => {
    const journeys = [
      journeyResult('a', { outcome: 'wrong' }),
      journeyResult('b', { outcome: 'better' }),
      journeyResult('c'),
    ];
    const root = rootOf(drillJunit(drillResult({ faults: [faultResult('x', { journeys })] })));
    for (const suite of root.children) {
      const count = (name: string): string =>
        String(casesOf(suite).filter(({ children }) => children[0]?.name === name).length);
      expect(suite.attributes).toMatchObject({
        tests: String(casesOf(suite).length),
        failures: count('failure'),
        errors: count('error'),
        skipped: count('skipped'),
      });
    }
    expect(root.children.map(({ attributes }) => attributes.failures)).toEqual(['1', '0']);
  });

  test('is well-formed with any name, and of the same shape', () => {
    const shape = ({ name, children }: Element): unknown => [name, children.map(shape)];
    const xml = drillJunit(hostileDrill());
    const root = rootOf(xml);
    const calm = rootOf(drillJunit(drillResult()));
    // An edit of more lines has more text, and no more elements.
    expect(shape(root)).toEqual(shape(calm));
    expect(root.children[0]?.attributes.name).toBe(
      'cloudflarea\\u{202e}b\\u{1b}[31m</script>]]>|`*_[x](y)&<!--\\u{a}# z\\u{a}```\\u{0}\\u{fffe}\\u{d800}"\'',
    );
    expect(xml.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\ufffe\uffff]/u);
  });

  test('leaves no name empty, which schemas refuse', () => {
    const fault = faultResult(' ', { journeys: [journeyResult('')] });
    const [suite] = rootOf(drillJunit(drillResult({ faults: [fault] }))).children;
    expect([suite?.attributes.name, casesOf(suite)[0]?.attributes.name]).toEqual(['–', '–']);
  });
});
