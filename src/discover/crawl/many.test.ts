import { describe, expect, test } from 'vitest';
import { expectWithin, secondsOf } from '../../../test/pace.ts';
import type { Lookup, RecordType } from './crawl.ts';
import { readList } from './list-file.ts';
import { crawlMany, type ManyOptions, type ManyProgress } from './many.ts';

describe('a list', () => {
  test('has a platform a line, with its domains, comments and blanks', () => {
    const text =
      '\uFEFF# platforms\r\nHarbor.example, app.harbor.example\r\n\r\n  bücher.example # a shop\rlast.example.\n';
    expect(readList(text)).toEqual({
      platforms: [
        { name: 'harbor.example', domains: ['harbor.example', 'app.harbor.example'], line: 2 },
        { name: 'xn--bcher-kva.example', domains: ['xn--bcher-kva.example'], line: 4 },
        { name: 'last.example', domains: ['last.example'], line: 5 },
      ],
      problems: [],
    });
  });

  test('is told everything that is wrong with it at once', () => {
    const { platforms, problems } = readList(
      'a.example\nhttps://b.example/\nA.example\n10.0.0.1\nc.example \u001b[31m\nlocalhost\ncom\nd.example\n',
    );
    expect(platforms.map(({ name }) => name)).toEqual(['a.example', 'd.example']);
    expect(problems).toEqual([
      'Line 2: expected a domain such as app.example.org, found "https://b.example/".',
      'Line 3: "a.example" stands in line 1 already.',
      'Line 4: expected a domain such as app.example.org, found "10.0.0.1".',
      'Line 5: expected a domain such as app.example.org, found "\\u{1b}[31m".',
      'Line 6: expected a domain such as app.example.org, found "localhost".',
      'Line 7: expected a domain such as app.example.org, found "com".',
    ]);
  });

  test('has comments of any length', () => {
    const seconds = secondsOf(() => {
      expect(readList(`${'#'.repeat(1_000_000)}\u2028\na.example ## b\n`).platforms).toHaveLength(1);
    });
    expectWithin(seconds, 1);
  });

  test('is bounded in what it says and holds', () => {
    expect(readList('?\n'.repeat(5_000)).problems).toHaveLength(101);
    expect(readList(`${'a.example '.repeat(21)}\n`).problems).toHaveLength(1);
    const many = readList(Array.from({ length: 100_001 }, (_, i) => `a${i}.example`).join('\n'));
    expect(many.platforms).toHaveLength(100_000);
    expect(many.problems).toEqual(['Line 100001: expected at most 100000 platforms.']);
  });
});

const { platforms } = readList(Array.from({ length: 20 }, (_, i) => `p${i}.example`).join('\n'));

/** Answers nothing of anything; counts who is asked for at once. */
function silent(): { lookUp(name: string, type: RecordType): Promise<Lookup>; most: number } {
  const under = new Map<string, number>();
  const resolver = {
    most: 0,
    async lookUp(name: string, type: RecordType): Promise<Lookup> {
      const platform = /p\d+\.example$/.exec(name)?.[0] ?? '';
      under.set(platform, (under.get(platform) ?? 0) + 1);
      resolver.most = Math.max(resolver.most, under.size);
      await new Promise((resolve) => setImmediate(resolve));
      const left = (under.get(platform) ?? 1) - 1;
      if (left > 0) under.set(platform, left);
      else under.delete(platform);
      return { name, type, outcome: 'empty', chain: [], records: [] };
    },
  };
  return resolver;
}
const options = (more: Partial<ManyOptions> = {}): ManyOptions => ({
  resolver: silent(),
  concurrency: 4,
  dnsOnly: true,
  keep: () => {},
  onFailure: () => {},
  ...more,
});

describe('many platforms are looked at', () => {
  test('so many at once, each handed over, and how far it is said', async () => {
    const resolver = silent();
    const kept: string[] = [];
    const said: ManyProgress[] = [];
    const end = await crawlMany(
      platforms,
      options({
        resolver,
        keep: ({ name }, crawl) => {
          expect(crawl.domains).toEqual([name]);
          kept.push(name);
        },
        onProgress: (progress) => said.push(progress),
      }),
    );
    expect(kept.toSorted()).toEqual(platforms.map(({ name }) => name).toSorted());
    expect(resolver.most).toBe(4);
    expect(end).toEqual({ done: 20, failed: 0, passedOver: 0, all: 20 });
    expect(said).toHaveLength(20);
    expect(said.at(-1)).toEqual(end);
  });

  test('but those that were before', async () => {
    const kept: string[] = [];
    const end = await crawlMany(
      platforms,
      options({ isDone: (name) => name !== 'p7.example', keep: ({ name }) => void kept.push(name) }),
    );
    expect(kept).toEqual(['p7.example']);
    expect(end).toEqual({ done: 1, failed: 0, passedOver: 19, all: 20 });
  });

  test('whatever becomes of one', async () => {
    const failed: string[] = [];
    const kept: string[] = [];
    const bad = [{ name: 'bad', domains: ['bad..name'], line: 1 }, ...platforms];
    const end = await crawlMany(
      bad,
      options({
        keep: ({ name }) => {
          if (name === 'p3.example') throw new Error('the disk is full');
          kept.push(name);
        },
        onFailure: ({ name }, error) => void failed.push(`${name}: ${String(error)}`),
      }),
    );
    expect(failed.toSorted()).toEqual([
      expect.stringMatching(/^bad: KeelsonError: Expected a domain/),
      'p3.example: Error: the disk is full',
    ]);
    expect(kept).toHaveLength(19);
    expect(end).toMatchObject({ done: 21, failed: 2 });
  });

  test('until somebody gives up', async () => {
    const controller = new AbortController();
    let kept = 0;
    const work = crawlMany(
      platforms,
      options({
        signal: controller.signal,
        keep: () => {
          if (++kept === 5) controller.abort(new Error('enough'));
        },
      }),
    );
    await expect(work).rejects.toThrow('enough');
    expect(kept).toBeLessThan(10);
  });
});
