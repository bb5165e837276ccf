// Builds everything under dist/: the library by tsc, the catalogue as JSON, the command as one file with a code cache.
// It is made beside and moved into place at the end, so that whoever runs the command meanwhile has one or the other.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Script } from 'node:vm';
import { build } from 'esbuild';

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

const bundle = join(dist, 'keelson.cjs');
const result = await build({
  entryPoints: [join(root, 'src', 'cli', 'index.ts')],
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  minify: true,
  keepNames: false,
  write: false,
  logLevel: 'warning',
});
const code = result.outputFiles[0].text;
// The bundle is one function of `require` and `exports`, so that the starter can hand it to V8 with its cache.
writeFileSync(
  bundle,
  `(function(require,exports){const module={exports};${code}\nObject.assign(exports,module.exports);})`,
);

const place = join(root, 'dist');
const old = join(root, `.dist-${process.pid}-old`);
if (existsSync(place)) renameSync(place, old);
renameSync(dist, place);
rmSync(old, { recursive: true, force: true });

// Run the functions that a first command needs before their code is cached, so that they are in it.
const built = join(place, 'keelson.cjs');
const script = new Script(readFileSync(built, 'utf8'), { filename: built });
const exported = {};
script.runInThisContext()(createRequire(built), exported);
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
await exported.main(['assess', join(root, 'examples', 'harbor', 'plan.yaml')], silent);
await exported.main(['solve', join(root, 'examples', 'open-psa', 'cooling.xml')], silent);
writeFileSync(`${built}.${process.version}-${process.arch}.cache`, script.createCachedData());
