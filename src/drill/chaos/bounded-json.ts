/** @unit characters */
const MOST = 1_000_000;
const DEEPEST = 32;

/** JSON of anybody, within bounds: what is wrong with it, in words, or its value. */
export function readJson(text: string): { readonly value: unknown } | { readonly wrong: string } {
  if (text.length > MOST) return { wrong: `Expected at most ${MOST} characters, found ${text.length}.` };
  const depth = depthOf(text);
  if (depth > DEEPEST) return { wrong: `Expected at most ${DEEPEST} levels, found ${depth}.` };
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    const why = error instanceof Error ? error.message.slice(0, 200) : '';
    return {
      wrong: `Expected an experiment as JSON, found something else: ${why}. Of YAML make JSON first.`,
    };
  }
}

/** How deep brackets nest outside of texts, whatever else is wrong: looked at before anything recurses. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inText = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (inText) {
      if (c === 0x5c) i++;
      else if (c === 0x22) inText = false;
    } else if (c === 0x22) inText = true;
    else if (c === 0x5b || c === 0x7b) deepest = Math.max(deepest, ++depth);
    else if (c === 0x5d || c === 0x7d) depth--;
  }
  return deepest;
}

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An own field: what every object inherits is none. */
export function field(value: JsonObject, name: string): unknown {
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

export function textIn(value: JsonObject, name: string): string | undefined {
  const found = field(value, name);
  return typeof found === 'string' && found !== '' ? found : undefined;
}
