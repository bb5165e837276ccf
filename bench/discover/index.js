// How many names a crawl without HTTP looks up in a second, from a resolver that answers after 5 ms, beside a loop over dns.promises that asks as much:
//   node bench/run.js discover
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nextMessage, startNode, startOn, stop } from '../serve/measured.js';

const folder = dirname(fileURLToPath(import.meta.url));
const DELAY_MS = 5;
/** Questions of one name. */
const QUESTIONS = { addresses: 1, platforms: 18 };
const CONCURRENCIES = [16, 64, 256];

/** @param {{ names?: number, rounds?: number }} options */
export async function benchDiscover({ names = 10_000, rounds = 1 } = {}) {
  console.log(
    `\n## Names from a resolver that answers after ${DELAY_MS} ms: ${names} of them, ${rounds === 1 ? 'one round' : `medians of ${rounds} rounds`} in turn\n\n` +
      '| what | at once | names/s | of what the delay allows | CPU of one core | µs of CPU a question | MB at a tenth, half, end | dns.promises, names/s | its CPU | its MB | ratio of names/s | unanswered |\n' +
      '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
  );
  for (const [what, questions] of Object.entries(QUESTIONS))
    for (const concurrency of CONCURRENCIES) {
      const ours = [];
      const theirs = [];
      for (let i = 0; i < rounds; i++) {
        ours.push(await measure(what, concurrency, names));
        theirs.push(await measure(`plain${what[0].toUpperCase()}${what.slice(1)}`, concurrency, names));
      }
      printRow({ what, questions, concurrency, names, ours, theirs });
    }
}

/** In a process of its own, with a resolver of its own. */
async function measure(kind, concurrency, names) {
  const resolver = await startNode('others', [join(folder, 'answers.js')]);
  const load = startOn(
    'measured',
    process.execPath,
    [join(folder, 'load.js'), kind, concurrency, names, resolver.port].map(String),
    ['ignore', 'inherit', 'inherit', 'ipc'],
  );
  try {
    return await nextMessage(load);
  } finally {
    await stop(load);
    await stop(resolver.child);
  }
}

function printRow({ what, questions, concurrency, names, ours, theirs }) {
  const middle = (all, value) => all.map(value).sort((a, b) => a - b)[all.length >> 1];
  const rate = ({ seconds }) => names / seconds;
  const allowed = (1000 / DELAY_MS) * (concurrency / questions);
  const megabytes = (all) =>
    [0, 4, 9].map((at) => (middle(all, ({ rss }) => rss[at]) / 1e6).toFixed(0)).join(' ');
  const share = (all) => `${(100 * middle(all, ({ cpuShare }) => cpuShare)).toFixed(0)} %`;
  const each = (1e6 * middle(ours, ({ seconds, cpuShare }) => seconds * cpuShare)) / (names * questions);
  const ratio = ours.map((one, i) => rate(one) / rate(theirs[i])).sort((a, b) => a - b)[ours.length >> 1];
  const failed = [...ours, ...theirs].reduce((sum, one) => sum + one.failed, 0);
  console.log(
    `| ${what === 'addresses' ? 'A of each' : 'crawlMany, dnsOnly: 18 questions each'} | ${concurrency} | ${middle(ours, rate).toFixed(0)} | ${((100 * middle(ours, rate)) / allowed).toFixed(0)} % | ${share(ours)} | ${each.toFixed(0)} | ${megabytes(ours)} | ${middle(theirs, rate).toFixed(0)} | ${share(theirs)} | ${megabytes(theirs)} | ${ratio.toFixed(2)} | ${failed} |`,
  );
}
