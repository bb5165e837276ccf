#!/usr/bin/env node
// Starts the command from its one bundled file, with V8's code cache where that fits this Node: start-up is what a small
// plan costs.
'use strict';
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { Script } = require('node:vm');

const root = join(__dirname, '..');
const filename = join(root, 'dist', 'keelson.cjs');

function load() {
  let source;
  try {
    source = readFileSync(filename, 'utf8');
  } catch {
    process.stderr.write('keelson: it has not been built.\n  npm run build\n');
    process.exit(2);
  }
  let cachedData;
  try {
    cachedData = readFileSync(`${filename}.${process.version}-${process.arch}.cache`);
  } catch {
    // A cache is only ever a gain.
  }
  const script = new Script(source, { filename, ...(cachedData === undefined ? {} : { cachedData }) });
  const exported = {};
  script.runInThisContext()(require, exported);
  return exported;
}

const { main, processEnvironment } = load();
process.exitCode = main(process.argv.slice(2), processEnvironment(root));
