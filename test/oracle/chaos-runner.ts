/*
 * Runs experiments of the `http` provider as Chaos Toolkit's library does (chaoslib/run.py, hypothesis.py, provider/http.py), without
 * its pauses. Shares nothing with what writes experiments.
 */

type Found = Record<string, unknown>;

export interface Ran {
  readonly status: 'completed' | 'failed';
  readonly steady: readonly { readonly name: string; readonly met: boolean }[];
  /** Names and outcomes of the method's activities, as it recorded them. */
  readonly run: readonly {
    readonly name: string;
    readonly output: Answer | undefined;
    readonly met: boolean;
  }[];
  readonly rollbacks: number;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** @param paused is told of every pause, in place of waiting */
export async function runExperiment(
  value: unknown,
  env: Readonly<Record<string, string>>,
  paused: (seconds: number) => Promise<void> = async () => undefined,
): Promise<Ran> {
  const experiment = asObject(value);
  const variables = configured(asObject(experiment.configuration ?? {}), env);
  const steady: { name: string; met: boolean }[] = [];
  const runtime = asObject(experiment.runtime ?? {});
  const isAlways = asObject(runtime.rollbacks ?? {}).strategy === 'always';
  let status: Ran['status'] = 'completed';
  for (const probe of asList(asObject(experiment['steady-state-hypothesis']).probes)) {
    const output = await activity(probe, variables);
    const met = output !== undefined && within(probe.tolerance, output);
    steady.push({ name: String(probe.name), met });
    if (met) continue;
    status = 'failed';
    break;
  }
  const run: { name: string; output: Answer | undefined; met: boolean }[] = [];
  if (status === 'completed')
    for (const one of asList(experiment.method)) {
      const output = await activity(one, variables);
      // The library does not look at a tolerance here; whoever reads the journal may.
      const met = one.tolerance === undefined || (output !== undefined && within(one.tolerance, output));
      run.push({ name: String(one.name), output, met });
      const { after } = asObject(one.pauses ?? {});
      if (typeof after === 'number') await paused(after);
    }
  const rollbacks = status === 'completed' || isAlways ? asList(experiment.rollbacks) : [];
  for (const one of rollbacks) await activity(one, variables);
  return { status, steady, run, rollbacks: rollbacks.length };
}

function configured(configuration: Found, env: Readonly<Record<string, string>>): Map<string, string> {
  return new Map(
    Object.entries(configuration).map(([name, value]) => {
      if (typeof value === 'string') return [name, value];
      const { key, default: fallback } = asObject(value);
      const found = env[String(key)] ?? fallback;
      if (found === undefined)
        throw new Error(`Configuration makes reference to an environment key that does not exist: ${key}`);
      return [name, String(found)];
    }),
  );
}

async function activity(one: Found, variables: ReadonlyMap<string, string>): Promise<Answer | undefined> {
  const provider = asObject(one.provider);
  const url = new URL(template(String(provider.url), variables));
  const method = String(provider.method ?? 'GET').toUpperCase();
  const headers = asObject(substituted(provider.headers ?? {}, variables));
  const raw = provider.arguments;
  const given =
    raw === undefined ? undefined : asObject(variables.size > 0 ? substituted(raw, variables) : raw);
  const pairs = pairsOf(given ?? {});
  if (method === 'GET') for (const [name, value] of pairs) url.searchParams.append(name, value);
  const isJson = headers['Content-Type'] === 'application/json';
  const sent = isJson ? JSON.stringify(given) : new URLSearchParams(pairs).toString();
  const body = given === undefined || method === 'GET' ? {} : { body: sent };
  try {
    const answer = await fetch(url, {
      method,
      headers: pairsOf(headers),
      ...body,
    });
    const text = await answer.text();
    const isObject = answer.headers.get('content-type') === 'application/json';
    return {
      status: answer.status,
      headers: Object.fromEntries(answer.headers),
      body: isObject ? JSON.parse(text) : text,
    };
  } catch {
    return undefined;
  }
}

function pairsOf(one: Found): [string, string][] {
  return Object.entries(one).map(([name, value]) => [name, String(value)]);
}

function substituted(value: unknown, variables: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return template(value, variables);
  if (Array.isArray(value)) return value.map((one) => substituted(one, variables));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, substituted(one, variables)]));
}

/** Python's string.Template.safe_substitute. */
function template(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replace(/\$(?:(\$)|\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))/g, (written, escaped, braced, bare) =>
    escaped === undefined ? (variables.get(braced ?? bare) ?? written) : '$',
  );
}

function within(tolerance: unknown, answer: Answer): boolean {
  if (typeof tolerance === 'number') return answer.status === tolerance;
  const { type, target, range, path, expect, pattern } = asObject(tolerance);
  const part: unknown =
    target === 'status' ? answer.status : target === 'headers' ? answer.headers : answer.body;
  if (type === 'range' && Array.isArray(range)) return range[0] <= Number(part) && Number(part) <= range[1];
  if (type === 'jsonpath') return asObject(part)[/^\$\["(.*)"\]$/.exec(String(path))?.[1] ?? ''] === expect;
  if (type === 'regex' && typeof part === 'string') return new RegExp(String(pattern)).test(part);
  throw new TypeError(
    `Nothing that the library could hold against ${JSON.stringify(part)}: ${JSON.stringify(tolerance)}`,
  );
}

function asObject(value: unknown): Found {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TypeError(`No object: ${JSON.stringify(value)}`);
  return { ...value };
}

function asList(value: unknown): readonly Found[] {
  return Array.isArray(value) ? value.map(asObject) : [];
}
