import { NOTHING, type Sample } from './sample.ts';

/** Where samples are sent: a request that the plan says users send, without its body. */
export interface Aim {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Request {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** A sample as it is sent, and beside it a harmless request of the same form. */
export interface Pair {
  readonly sample: Sample;
  readonly asked: Request;
  readonly twin: Request;
}

/** A browser's, so that what keeps programs away does not keep everything away; operators still see in their logs whose it is. */
const BROWSER: Readonly<Record<string, string>> = {
  'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0 keelson-drill',
  accept: 'text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8',
  'accept-language': 'en-GB,en;q=0.5',
  'accept-encoding': 'identity',
};

/** Whether a sample is sent with a body, and so only to what a plan says that users write to. */
export function isWrite({ form }: Sample): boolean {
  return form.kind === 'json' || form.kind === 'form';
}

/** Below it nothing exists. */
const NOWHERE = `/${NOTHING}/`;

/** @param aim a POST where the sample is a write, else a GET */
export function pairOf(sample: Sample, aim: Aim): Pair {
  const { form } = sample;
  const common = { ...BROWSER, ...aim.headers, 'keelson-drill': sample.id };
  const request = (more: Partial<Request> = {}): Request => ({
    method: aim.method,
    path: aim.path,
    headers: common,
    body: undefined,
    ...more,
  });
  switch (form.kind) {
    case 'query': {
      const { name = 'keelson-drill', value, twin = NOTHING } = form;
      const named = (n: string, v: string): Request =>
        request({ path: `${aim.path}${aim.path.includes('?') ? '&' : '?'}${n}=${encodeURIComponent(v)}` });
      // Where the name is what is odd, the twin has another.
      const isOddName = form.name !== undefined;
      return { sample, asked: named(name, value), twin: named(isOddName ? 'keelson-drill' : name, twin) };
    }
    case 'path':
      return {
        sample,
        asked: request({ path: NOWHERE + form.value }),
        twin: request({ path: NOWHERE + (form.twin ?? NOTHING) }),
      };
    case 'header': {
      const headed = (value: string | undefined): Request =>
        request(value === undefined ? {} : { headers: { ...common, [form.name]: value } });
      return { sample, asked: headed(form.value), twin: headed(form.twin) };
    }
    case 'cookie': {
      const cookie = (value: string): Request =>
        request({ headers: { ...common, cookie: `keelson-drill=${value}` } });
      return { sample, asked: cookie(form.value), twin: cookie(form.twin ?? NOTHING) };
    }
    case 'json':
    case 'form': {
      const sent = (value: string): Request =>
        request({
          headers: {
            ...common,
            'content-type': form.kind === 'json' ? 'application/json' : 'application/x-www-form-urlencoded',
          },
          body:
            form.kind === 'json'
              ? JSON.stringify({ 'keelson-drill': value })
              : `keelson-drill=${encodeURIComponent(value)}`,
        });
      return { sample, asked: sent(form.value), twin: sent(form.twin ?? NOTHING) };
    }
    case 'without': {
      const kept = Object.entries(common).filter(([name]) => !form.names.includes(name));
      return { sample, asked: request({ headers: Object.fromEntries(kept) }), twin: request() };
    }
    default:
      return { sample, asked: request(), twin: request() };
  }
}

/** As people write it: the method, the path, and what stands in no path. */
export function requestSays({ sample: { form }, asked }: Pair): string {
  const { method, path, headers, body } = asked;
  const said = [`${method} ${path}`];
  if (form.kind === 'header') said.push(`${form.name}: ${form.value}`);
  if (form.kind === 'cookie') said.push(`cookie: ${headers.cookie ?? ''}`);
  if (form.kind === 'without') said.push(`without ${form.names.join(', ')}`);
  if (form.kind === 'burst') said.push(`${form.times} times at once`);
  if (body !== undefined) said.push(body);
  return said.join(' · ').slice(0, 200);
}
