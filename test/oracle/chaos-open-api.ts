/*
 * The rules of Chaos Toolkit's open API, written from its pages and, where they are silent, from what its library checks:
 * https://docs.chaostoolkit.org/reference/api/experiment/ and …/journal/, chaoslib/{experiment,hypothesis,activity,extension}.py.
 * Shares nothing with what writes experiments.
 */

type Found = Record<string, unknown>;

/** What an experiment breaks; nothing where it is one. */
export function experimentProblems(value: unknown): string[] {
  const rules = new Rules();
  rules.experiment(value, 'experiment');
  return rules.problems;
}

/** What a journal breaks. */
export function journalProblems(value: unknown): string[] {
  const rules = new Rules();
  rules.journal(value);
  return rules.problems;
}

class Rules {
  readonly problems: string[] = [];
  private names = new Set<string>();

  experiment(value: unknown, at: string): void {
    const one = this.object(value, at);
    if (one === undefined) return;
    this.known(one, at, [
      'version',
      'title',
      'description',
      'tags',
      'configuration',
      'secrets',
      'contributions',
      'controls',
      'extensions',
      'runtime',
      'steady-state-hypothesis',
      'method',
      'rollbacks',
    ]);
    for (const name of ['title', 'description']) this.text(one[name], `${at}.${name}`);
    for (const tag of this.list(one.tags ?? [], `${at}.tags`)) this.text(tag, `${at}.tags`);
    this.configuration(one.configuration ?? {}, `${at}.configuration`);
    this.names = new Set();
    const hypothesis = one['steady-state-hypothesis'];
    if (hypothesis !== undefined) this.hypothesis(hypothesis, `${at}.steady-state-hypothesis`);
    for (const [i, activity] of this.list(one.method, `${at}.method`).entries())
      this.activity(activity, `${at}.method[${i}]`, ['probe', 'action']);
    for (const [i, activity] of this.list(one.rollbacks ?? [], `${at}.rollbacks`).entries())
      this.activity(activity, `${at}.rollbacks[${i}]`, ['action']);
    for (const extension of this.list(one.extensions ?? [], `${at}.extensions`))
      this.text(this.object(extension, `${at}.extensions`)?.name, `${at}.extensions.name`);
    this.runtime(one.runtime ?? {}, `${at}.runtime`);
    this.references(one, at);
  }

  journal(value: unknown): void {
    const one = this.object(value, 'journal');
    if (one === undefined) return;
    this.experiment(one.experiment, 'journal.experiment');
    this.oneOf(one.status, ['completed', 'failed', 'aborted', 'interrupted'], 'journal.status');
    if (typeof one.deviated !== 'boolean') this.report('journal.deviated', 'a boolean', one.deviated);
    this.span(one, 'journal');
    const states = this.object(one.steady_states, 'journal.steady_states') ?? {};
    this.known(states, 'journal.steady_states', ['before', 'after', 'during']);
    for (const [name, state] of Object.entries(states)) {
      const at = `journal.steady_states.${name}`;
      const met = this.object(state, at)?.steady_state_met;
      if (typeof met !== 'boolean') this.report(at, 'steady_state_met', met);
      for (const run of this.list(this.object(state, at)?.probes, at)) {
        this.run(run, at, ['probe']);
        const held = this.object(run, at)?.tolerance_met;
        if (typeof held !== 'boolean') this.report(`${at}.tolerance_met`, 'a boolean', held);
      }
    }
    for (const run of this.list(one.run, 'journal.run')) this.run(run, 'journal.run', ['probe', 'action']);
    for (const run of this.list(one.rollbacks, 'journal.rollbacks'))
      this.run(run, 'journal.rollbacks', ['action']);
  }

  private run(value: unknown, at: string, kinds: readonly string[]): void {
    const one = this.object(value, at);
    if (one === undefined) return;
    this.activity(one.activity, `${at}.activity`, kinds, false);
    this.oneOf(one.status, ['succeeded', 'failed'], `${at}.status`);
    this.span(one, at);
    if (one.output !== null && typeof one.output !== 'string')
      this.report(`${at}.output`, 'a text or null', one.output);
    if (one.exception !== undefined) this.text(one.exception, `${at}.exception`);
  }

  private span(one: Found, at: string): void {
    const RFC3339_UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
    for (const name of ['start', 'end'])
      if (typeof one[name] !== 'string' || !RFC3339_UTC.test(one[name]))
        this.report(`${at}.${name}`, 'RFC 3339 in UTC', one[name]);
    const wanted = (Date.parse(String(one.end)) - Date.parse(String(one.start))) / 1_000;
    if (one.duration !== wanted) this.report(`${at}.duration`, `${wanted}`, one.duration);
  }

  private hypothesis(value: unknown, at: string): void {
    const one = this.object(value, at);
    if (one === undefined) return;
    this.known(one, at, ['title', 'probes', 'controls']);
    this.text(one.title, `${at}.title`);
    for (const [i, probe] of this.list(one.probes, `${at}.probes`).entries()) {
      this.activity(probe, `${at}.probes[${i}]`, ['probe']);
      const tolerance = this.object(probe, at)?.tolerance;
      if (tolerance === undefined) this.report(`${at}.probes[${i}].tolerance`, 'a tolerance', tolerance);
    }
  }

  private activity(value: unknown, at: string, kinds: readonly string[], isOnce = true): void {
    const one = this.object(value, at);
    if (one === undefined) return;
    this.known(one, at, [
      'type',
      'name',
      'provider',
      'tolerance',
      'pauses',
      'background',
      'controls',
      'configuration',
    ]);
    this.oneOf(one.type, kinds, `${at}.type`);
    this.text(one.name, `${at}.name`);
    if (isOnce && one.type === 'probe' && this.names.has(`${at.includes('hypothesis')} ${one.name}`))
      this.report(`${at}.name`, 'a name of its own', one.name);
    this.names.add(`${at.includes('hypothesis')} ${one.name}`);
    if (one.pauses !== undefined) {
      const pauses = this.object(one.pauses, `${at}.pauses`) ?? {};
      if (one.type !== 'action') this.report(`${at}.pauses`, 'none of a probe', one.pauses);
      this.known(pauses, `${at}.pauses`, ['before', 'after']);
      for (const pause of Object.values(pauses))
        if (typeof pause !== 'number' || !(pause >= 0))
          this.report(`${at}.pauses`, 'a number of seconds', pause);
    }
    if (one.tolerance !== undefined) this.tolerance(one.tolerance, `${at}.tolerance`);
    this.http(one.provider, `${at}.provider`);
  }

  /** Of the three providers this is the one that Keelson writes. */
  private http(value: unknown, at: string): void {
    const one = this.object(value, at);
    if (one === undefined) return;
    this.known(one, at, [
      'type',
      'url',
      'method',
      'headers',
      'arguments',
      'timeout',
      'expected_status',
      'secrets',
    ]);
    this.oneOf(one.type, ['http'], `${at}.type`);
    if (typeof one.url !== 'string' || !URL.canParse(one.url.replace(/\$\{\w+\}/g, 'x')))
      this.report(`${at}.url`, 'a URL', one.url);
    if (one.method !== undefined) this.text(one.method, `${at}.method`);
    for (const [name, header] of Object.entries(this.object(one.headers ?? {}, `${at}.headers`) ?? {})) {
      if (!/^[\w-]+$/.test(name)) this.report(`${at}.headers`, 'the name of a header', name);
      if (typeof header !== 'string') this.report(`${at}.headers.${name}`, 'a text', header);
    }
    if (one.arguments !== undefined) {
      this.object(one.arguments, `${at}.arguments`);
      // The library looks for just this name and value; any other JSON body is sent as a form.
      const headers = this.object(one.headers ?? {}, at) ?? {};
      const type = headers['Content-Type'];
      if (one.method !== 'GET' && type !== 'application/json' && type !== 'application/x-www-form-urlencoded')
        this.report(`${at}.headers.Content-Type`, 'how arguments are sent', type);
    }
    const timeout = one.timeout ?? 1;
    const isTime = (time: unknown): boolean => typeof time === 'number' && time > 0;
    if (!isTime(timeout) && !(Array.isArray(timeout) && timeout.length === 2 && timeout.every(isTime)))
      this.report(`${at}.timeout`, 'one or two numbers', timeout);
  }

  private tolerance(value: unknown, at: string): void {
    if (typeof value === 'boolean' || typeof value === 'string' || Number.isInteger(value)) return;
    if (Array.isArray(value)) {
      if (value.some((one) => typeof one === 'object')) this.report(at, 'a list of scalars', value);
      return;
    }
    const one = this.object(value, at);
    if (one === undefined) return;
    this.oneOf(one.type, ['probe', 'regex', 'jsonpath', 'range'], `${at}.type`);
    if (one.target !== undefined) this.oneOf(one.target, ['status', 'headers', 'body'], `${at}.target`);
    if (one.type === 'regex') this.text(one.pattern, `${at}.pattern`);
    if (one.type === 'jsonpath') {
      this.text(one.path, `${at}.path`);
      if (!/^\$(\.[A-Za-z_]\w*|\["[^"\\]+"\])*$/.test(String(one.path)))
        this.report(`${at}.path`, 'a JSON Path', one.path);
      if (typeof one.expect === 'object') this.report(`${at}.expect`, 'a scalar', one.expect);
    }
    const { range } = one;
    if (
      one.type === 'range' &&
      !(Array.isArray(range) && range.length === 2 && range.every((end) => typeof end === 'number'))
    )
      this.report(`${at}.range`, 'two numbers', range);
  }

  private configuration(value: unknown, at: string): void {
    for (const [name, one] of Object.entries(this.object(value, at) ?? {})) {
      // What `${…}` of Python's string.Template can name.
      if (!/^[a-z_]\w*$/i.test(name)) this.report(`${at}.${name}`, 'an identifier', name);
      if (typeof one === 'string') continue;
      const lookup = this.object(one, `${at}.${name}`) ?? {};
      this.oneOf(lookup.type, ['env'], `${at}.${name}.type`);
      this.text(lookup.key, `${at}.${name}.key`);
      if (lookup.default !== undefined) this.text(lookup.default, `${at}.${name}.default`);
    }
  }

  private runtime(value: unknown, at: string): void {
    const one = this.object(value, at) ?? {};
    this.known(one, at, ['hypothesis', 'rollbacks']);
    const hypothesis = this.object(one.hypothesis ?? {}, at)?.strategy ?? 'default';
    const strategies = [
      'default',
      'before-method-only',
      'after-method-only',
      'during-method-only',
      'continuously',
    ];
    this.oneOf(hypothesis, strategies, `${at}.hypothesis.strategy`);
    const rollbacks = this.object(one.rollbacks ?? {}, at)?.strategy ?? 'default';
    this.oneOf(rollbacks, ['default', 'always', 'never', 'deviated'], `${at}.rollbacks.strategy`);
  }

  /** Every `${name}` is one of the configuration. */
  private references(one: Found, at: string): void {
    const known = new Set(Object.keys(this.object(one.configuration ?? {}, at) ?? {}));
    const text = JSON.stringify([one.method, one['steady-state-hypothesis'], one.rollbacks]).replaceAll(
      '$$',
      '',
    );
    for (const [, name = ''] of text.matchAll(/\$\{(\w+)\}/g))
      if (!known.has(name)) this.report(at, 'a name of the configuration', name);
  }

  private object(value: unknown, at: string): Found | undefined {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
    this.report(at, 'an object', value);
    return undefined;
  }

  private list(value: unknown, at: string): readonly unknown[] {
    if (Array.isArray(value)) return value;
    this.report(at, 'a list', value);
    return [];
  }

  private text(value: unknown, at: string): void {
    if (typeof value !== 'string' || value.trim() === '') this.report(at, 'a text', value);
  }

  private oneOf(value: unknown, choices: readonly string[], at: string): void {
    if (!choices.includes(String(value))) this.report(at, choices.join(' or '), value);
  }

  private known(one: Found, at: string, names: readonly string[]): void {
    for (const name of Object.keys(one))
      if (!names.includes(name)) this.report(`${at}.${name}`, 'a known name', name);
  }

  private report(at: string, expected: string, found: unknown): void {
    this.problems.push(`${at}: expected ${expected}, found ${JSON.stringify(found) ?? 'nothing'}`);
  }
}
