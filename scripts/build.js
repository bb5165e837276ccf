// Builds everything under dist/: the library by tsc, the catalogue as JSON, the page, the command as one file with a code cache.
// It is made beside and moved into place at the end, so that whoever runs the command meanwhile has one or the other.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Script } from 'node:vm';
import { build } from 'esbuild';
import { buildProblems, buildReport, buildSector, buildStatus } from './build-page.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, `.dist-${process.pid}`);
rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });
process.on('exit', () => rmSync(dist, { recursive: true, force: true }));

execFileSync(
  process.execPath,
  [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json', '--outDir', dist],
  {
    cwd: root,
    stdio: 'inherit',
  },
);

const { loadCatalog } = await import(pathToFileURL(join(dist, 'catalog', 'load.js')).href);
const { catalog, incidents, problems } = loadCatalog(join(root, 'data'));
for (const { file, line, column, code, message } of problems)
  console.error(`${file}:${line}:${column}  ${code}  ${message}`);
if (problems.some(({ severity }) => severity === 'error')) process.exit(1);
writeFileSync(join(dist, 'catalog.json'), JSON.stringify(catalog));
writeFileSync(join(dist, 'incidents.json'), JSON.stringify(incidents));

const { loadFingerprints } = await import(
  pathToFileURL(join(dist, 'discover', 'fingerprints', 'load.js')).href
);
const known = loadFingerprints(join(root, 'data', 'fingerprints'));
for (const { file, line, column, code, message } of known.problems)
  console.error(`${file}:${line}:${column}  ${code}  ${message}`);
if (known.problems.some(({ severity }) => severity === 'error')) process.exit(1);
writeFileSync(join(dist, 'fingerprints.json'), JSON.stringify(known.fingerprints));

writeFileSync(join(dist, 'report.html'), await buildReport());
writeFileSync(join(dist, 'problems.html'), await buildProblems());
writeFileSync(join(dist, 'status.html'), await buildStatus());
writeFileSync(join(dist, 'sector.html'), await buildSector());

const harbor = join(root, 'examples', 'harbor', 'plan.yaml');
const features = join(root, 'examples', 'guard', 'features.json');
/** Commands with a bundle of their own: an example of each, and what else it needs of what src/cli/index.ts loads when asked. */
const OWN = {
  assess: { example: [harbor], more: [] },
  check: { example: [harbor], more: [] },
  replay: { example: ['cloudflare-2025-11-18', harbor], more: ['years'] },
  solve: { example: [join(root, 'examples', 'open-psa', 'cooling.xml')], more: [] },
  guard: { example: ['check', features], more: [] },
  faults: { example: ['--list'], more: [] },
  discover: { example: ['--offline', join(root, 'examples', 'discover', 'quayside.json')], more: [] },
};

// What serves stands on libraries that are as large as all the rest: they are in a bundle of its own only.
await bundle('keelson', (name) => name !== 'serve/run' && !/^(?:guard|faults|drill|discover)\//.test(name));
await bundle('keelson-serve', (name) => name === 'serve' || name === 'serve/run');
await bundle('keelson-drill', (name) => name === 'drill' || name.startsWith('drill/'));
for (const [command, { more }] of Object.entries(OWN))
  await bundle(
    `keelson-${command}`,
    (name) => name === command || name.startsWith(`${command}/`) || more.includes(name),
  );
// What the thread of a check of the guard runs. It is no command, so it is not called like one.
await bundle('judge', () => true, join('guard', 'check', 'worker.ts'));

/** Bundles the command line with those of its commands that are kept; the others are for another bundle to have. */
async function bundle(name, isKept, entry = join('cli', 'index.ts')) {
  const commands = join(root, 'src', 'cli');
  const leaveOut = {
    name: 'leave-out',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^\.\/[a-z/]+\.ts$/, namespace: 'file' }, ({ kind, path, importer }) =>
        kind === 'dynamic-import' && importer.startsWith(commands) && !isKept(path.slice(2, -3))
          ? { path, namespace: 'left-out' }
          : undefined,
      );
      onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({ contents: 'export {}' }));
    },
  };
  const { outputFiles } = await build({
    entryPoints: [join(root, 'src', entry)],
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    charset: 'ascii',
    minify: true,
    keepNames: false,
    write: false,
    logLevel: 'warning',
    define: { 'import.meta.dirname': 'folderOfBundle' },
    plugins: [leaveOut],
  });
  // A bundle is one function of `require`, `exports` and the folder that it is in, so that the starter can hand it to V8 with its cache.
  writeFileSync(
    join(dist, `${name}.cjs`),
    `(function(require,exports,folderOfBundle){const module={exports};${outputFiles[0].text}\nObject.assign(exports,module.exports);})`,
  );
}

const place = join(root, 'dist');
const old = join(root, `.dist-${process.pid}-old`);
if (existsSync(place)) renameSync(place, old);
renameSync(dist, place);
rmSync(old, { recursive: true, force: true });

const silent = {
  root,
  out() {},
  err() {},
  write() {},
  open() {},
  colour: false,
  progress: false,
  width: 120,
};
await cache('keelson', ['assess', 'solve']);
for (const command of Object.keys(OWN)) await cache(`keelson-${command}`, [command]);
// It changes nothing, and loads all that a start does.
await cache('keelson-serve', [], ({ main }) =>
  main(['serve', join(root, 'examples', 'serve', 'live.yaml'), '--dry-run'], silent),
);
await cache('keelson-drill', [], ({ main }) =>
  main(['drill', join(root, 'examples', 'harbor', 'live.yaml'), '--dry-run'], silent),
);
await cache('judge', [], async ({ judge }) => {
  const { loadContract } = await import(pathToFileURL(join(place, 'guard', 'load.js')).href);
  const { contract } = await loadContract(features.replace('.json', '.contract.yaml'));
  await judge({ file: features, contract, now: 0 });
});

/** Runs the functions that a first command needs before the bundle's code is cached, so that they are in it. */
async function cache(name, commands, warm = async () => {}) {
  const filename = join(place, `${name}.cjs`);
  const script = new Script(readFileSync(filename, 'latin1'), { filename });
  const exported = {};
  script.runInThisContext()(createRequire(filename), exported, place);
  for (const command of commands) await exported.main([command, ...OWN[command].example], silent);
  await warm(exported);
  writeFileSync(`${filename}.${process.version}-${process.arch}.cache`, script.createCachedData());
}
