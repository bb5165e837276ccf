import {
  contents,
  refuseElement,
  refuseText,
  required,
  shown,
  word,
  wrongCount,
  type Context,
} from './context.ts';
import { constantValue, type Declarations } from './declarations.ts';
import { BUILT_INS, HISTOGRAM, type BuiltIn } from './functions.ts';
import { resolve, UNITS, type Expression, type Parameter, type Scope } from './scope.ts';
import { placeOfAttribute, type Element } from './xml.ts';

const LEAVES = ['float', 'int', 'bool', 'parameter', 'system-mission-time', 'ite', 'switch', 'histogram'];
const parametersOf = (scope: Scope): ReadonlyMap<string, Parameter> => scope.parameters;

/** Reads expressions: resolves their names and checks their shape, without working them out. */
export class ExpressionReader {
  private readonly context: Context;
  private readonly declarations: Declarations;
  private readonly onUse: (parameter: Parameter) => void;

  /** @param onUse told of every parameter that is used */
  constructor(
    context: Context,
    declarations: Declarations,
    onUse: (parameter: Parameter) => void = () => {},
  ) {
    this.context = context;
    this.declarations = declarations;
    this.onUse = onUse;
  }

  /** The one expression that an element holds; undefined where it is wrong, which is reported. */
  only(element: Element, scope: Scope): Expression | undefined {
    const found = contents(this.context, element);
    const [first] = found;
    if (first !== undefined && found.length === 1) return this.read(first, element, scope);
    wrongCount(this.context, element, 'one expression', found.length);
    return undefined;
  }

  /** As deep as elements are nested, which is bounded. */
  read(element: Element, parent: Element, scope: Scope): Expression | undefined {
    switch (element.name) {
      case 'float':
      case 'int':
        return this.number(element);
      case 'bool':
        return { kind: 'number', value: constantValue(this.context, element) ? 1 : 0, element };
      case 'parameter':
        return this.parameter(element, scope);
      case 'system-mission-time':
        this.checkUnit(element, 'the mission time', 'hours');
        return { kind: 'number', value: this.context.missionTimeHours, element };
      case 'ite': {
        const args = this.all(contents(this.context, element), element, scope);
        if (args.length !== 3) wrongCount(this.context, element, '3 expressions', args.length);
        return complete(args) ? { kind: 'choice', args, element } : undefined;
      }
      case 'switch':
        return this.choice(element, scope);
      case 'histogram':
        return this.histogram(element, scope);
    }
    const variants = BUILT_INS.get(element.name);
    if (variants !== undefined) return this.call(variants, element, scope);
    refuseElement(this.context, element, parent, [...LEAVES, ...BUILT_INS.keys()]);
    return undefined;
  }

  private all(elements: readonly Element[], parent: Element, scope: Scope): (Expression | undefined)[] {
    return elements.map((element) => this.read(element, parent, scope));
  }

  private number(element: Element): Expression | undefined {
    refuseText(this.context, element);
    const text = required(this.context, element, 'value');
    if (text === undefined) return undefined;
    const isInt = element.name === 'int';
    if ((isInt ? INT : FLOAT).test(text)) {
      const value = Number(text);
      if (Number.isFinite(value)) return { kind: 'number', value, element };
    }
    this.context.reader.report('wrong-type', placeOfAttribute(this.context.text, element, 'value'), {
      expected: isInt ? 'a whole number' : 'a number',
      found: `"${text}"`,
    });
    return undefined;
  }

  private parameter(element: Element, scope: Scope): Expression | undefined {
    refuseText(this.context, element);
    const name = required(this.context, element, 'name');
    if (name === undefined) return undefined;
    const { publicParameters } = this.declarations;
    const parameter = resolve(name, scope, publicParameters, parametersOf);
    if (parameter === undefined) {
      const { reader, text } = this.context;
      reader.report('undefined-parameter', placeOfAttribute(text, element, 'name'), {
        name,
        nearest: reader.nearest(name, publicParameters.keys()),
      });
      return undefined;
    }
    this.checkUnit(element, `"${parameter.name}"`, parameter.unit);
    this.onUse(parameter);
    return { kind: 'parameter', parameter, element };
  }

  private checkUnit(element: Element, what: string, unit: string | undefined): void {
    const asked = word(this.context, element, 'unit', UNITS);
    if (asked !== undefined && asked !== unit)
      this.context.reader.report('unit-mismatch', placeOfAttribute(this.context.text, element, 'unit'), {
        what,
        unit: unit ?? 'no unit',
        asked,
      });
  }

  /** `<switch>`: cases of a condition and a value, then the value where none holds. */
  private choice(element: Element, scope: Scope): Expression | undefined {
    const found = contents(this.context, element);
    const last = found.at(-1);
    if (last === undefined || last.name === 'case') {
      wrongCount(this.context, element, 'cases and then one expression', found.length);
      return undefined;
    }
    const args = found.slice(0, -1).flatMap((one) => this.pair('case', one, element, scope));
    args.push(this.read(last, element, scope));
    return complete(args) ? { kind: 'choice', args, element } : undefined;
  }

  /** The two expressions of a `<case>` or a `<bin>`. */
  private pair(name: string, one: Element, parent: Element, scope: Scope): (Expression | undefined)[] {
    if (one.name !== name) {
      refuseElement(this.context, one, parent, [name]);
      return [undefined];
    }
    const both = this.all(contents(this.context, one), one, scope);
    if (both.length === 2) return both;
    wrongCount(this.context, one, '2 expressions', both.length);
    return [undefined];
  }

  private histogram(element: Element, scope: Scope): Expression | undefined {
    const found = contents(this.context, element);
    const [first, ...bins] = found;
    if (first === undefined || bins.length === 0) {
      wrongCount(this.context, element, 'a lower bound and at least one bin', found.length);
      return undefined;
    }
    this.context.reader.report('histogram-mean', element.at, {});
    const args = [this.read(first, element, scope)];
    for (const bin of bins) args.push(...this.pair('bin', bin, element, scope));
    return complete(args) ? { kind: 'call', builtIn: HISTOGRAM, args, element } : undefined;
  }

  private call(variants: readonly BuiltIn[], element: Element, scope: Scope): Expression | undefined {
    const args = this.all(contents(this.context, element), element, scope);
    const builtIn = variants.find(({ fewest, most }) => args.length >= fewest && args.length <= most);
    if (builtIn === undefined) {
      wrongCount(this.context, element, countsOf(variants), args.length);
      return undefined;
    }
    return complete(args) ? { kind: 'call', builtIn, args, element } : undefined;
  }
}

const INT = /^[-+]?\d+$/;
const FLOAT = /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/;

function complete(args: readonly (Expression | undefined)[]): args is readonly Expression[] {
  return !args.includes(undefined);
}

function countsOf(variants: readonly BuiltIn[]): string {
  const counts = variants.map(({ fewest, most }) => (most === fewest ? `${fewest}` : `at least ${fewest}`));
  const last = counts.pop() ?? '';
  const listed = counts.length === 0 ? last : `${counts.join(', ')} or ${last}`;
  return `${listed} ${listed === '1' || listed === 'at least 1' ? 'expression' : 'expressions'}`;
}

/**
 * Works out an expression; random deviates stand at their mean. Undefined where an argument is out of its domain or the
 * result is no finite number, which is reported, or where a parameter has no value, which was. Only the branch that is
 * taken is worked out.
 */
export function evaluate(context: Context, expression: Expression): number | undefined {
  switch (expression.kind) {
    case 'number':
      return expression.value;
    case 'parameter':
      return expression.parameter.value;
    case 'choice': {
      const { args } = expression;
      for (let i = 0; i + 1 < args.length; i += 2) {
        const condition = evaluate(context, args[i] as Expression);
        if (condition === undefined) return undefined;
        if (condition !== 0) return evaluate(context, args[i + 1] as Expression);
      }
      return evaluate(context, args[args.length - 1] as Expression);
    }
    case 'call':
      return call(context, expression.builtIn, expression.args, expression.element);
  }
}

function call(
  context: Context,
  { needs, together, value }: BuiltIn,
  args: readonly Expression[],
  element: Element,
): number | undefined {
  const { reader } = context;
  const values: number[] = [];
  let isWrong = false;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] as Expression;
    const found = evaluate(context, arg);
    const need = needs[i];
    if (found !== undefined && need !== undefined && !need.holds(found))
      reader.report('out-of-range', arg.element.at, { expected: need.words, found: String(found) });
    if (found === undefined || need?.holds(found) === false) isWrong = true;
    else values.push(found);
  }
  if (isWrong) return undefined;
  const conflict = together?.(values);
  if (conflict !== undefined) {
    reader.report('out-of-range', element.at, conflict);
    return undefined;
  }
  const result = value(values);
  if (Number.isFinite(result)) return result;
  reader.report('out-of-range', element.at, {
    expected: `a finite number from ${shown(element)}`,
    found: String(result),
  });
  return undefined;
}

/** An expression as a probability; undefined where it is none, which is reported at its place. */
export function probabilityOf(
  context: Context,
  expression: Expression,
  what = 'a probability',
): number | undefined {
  const value = evaluate(context, expression);
  if (value === undefined || (value >= 0 && value <= 1)) return value;
  context.reader.report('out-of-range', expression.element.at, {
    expected: `${what} from 0 to 1`,
    found: String(value),
  });
  return undefined;
}
