// Loads the one bundled file of the command, with V8's code cache where that fits this Node: start-up is what a small plan
// costs.
'use strict';
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { Script } = require('node:vm');

const filename = join(__dirname, '..', 'dist', 'keelson.cjs');

/** What the command exports; undefined when it has not been built. */
function load() {
  let source;
  try {
    source = readFileSync(filename, 'utf8');
  } catch {
    return undefined;
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

module.exports = { load };
