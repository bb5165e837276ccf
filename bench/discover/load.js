// Asks for so many names with so many questions on their way at once, and says over IPC how it went:
//   node bench/discover/load.js KIND CONCURRENCY NAMES PORT
import { Resolver as PlainResolver } from 'node:dns/promises';
import { crawlMany } from '../../dist/discover/crawl/many.js';
import { Resolver } from '../../dist/discover/crawl/dns/resolver.js';

const [kind, ...numbers] = process.argv.slice(2);
const [concurrency, count, port] = numbers.map(Number);
const names = Array.from({ length: count }, (_, i) => `n${i}.example`);
const place = { host: '127.0.0.1', port };
const plain = new PlainResolver({ timeout: 2_000, tries: 3 });
plain.setServers([`127.0.0.1:${port}`]);

const rss = [];
let done = 0;
let failed = 0;
const note = () => {
  if (++done % (count / 10) === 0) rss.push(process.memoryUsage().rss);
};

/** So many at once, each worker one name after the other. */
async function each(work) {
  let next = 0;
  const worker = async () => {
    while (next < count) {
      await work(names[next++]);
      note();
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}

/** Nothing of a type is an answer too. */
const quiet = (asking) =>
  asking.catch((error) => {
    if (error.code !== 'ENODATA') failed++;
  });

/** What a crawl asks of one name; those types that c-ares does not know (HTTPS, DS, DNSKEY) as TXT, so that as many questions are asked. */
async function askPlainly(name) {
  const found = [];
  for (const host of [name, `www.${name}`])
    for (const method of ['resolve4', 'resolve6', 'resolveTxt']) found.push(await quiet(plain[method](host)));
  for (const method of [
    'resolveNs',
    'resolveSoa',
    'resolveMx',
    'resolveTxt',
    'resolveCaa',
    'resolveTxt',
    'resolveTxt',
  ])
    found.push(await quiet(plain[method](name)));
  for (const host of ['ns1.names.example', 'ns2.names.example'])
    for (const method of ['resolve4', 'resolve6']) found.push(await quiet(plain[method](host)));
  found.push(await quiet(plain.resolveNs('names.example')));
  return found;
}

const kinds = {
  async addresses() {
    const resolver = new Resolver([place], { questionsAtOnce: concurrency });
    await each(async (name) => {
      const { outcome } = await resolver.lookUp(name, 'A');
      if (outcome !== 'answered') failed++;
    });
    resolver.close();
  },
  plainAddresses: () => each((name) => quiet(plain.resolve4(name))),
  async platforms() {
    await crawlMany(
      names.map((name, line) => ({ name, domains: [name], line })),
      {
        resolver: [place],
        concurrency,
        dnsOnly: true,
        keep: (_, { troubles }) => {
          failed += troubles.length;
          note();
        },
        onFailure: () => failed++,
      },
    );
  },
  plainPlatforms: () => each(askPlainly),
};

const cpu = process.cpuUsage();
const begin = performance.now();
await kinds[kind]();
const ms = performance.now() - begin;
const { user, system } = process.cpuUsage(cpu);
process.send({ seconds: ms / 1000, cpuShare: (user + system) / 1000 / ms, rss, failed });
process.disconnect();
