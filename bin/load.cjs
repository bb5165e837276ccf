// Loads a command bundled as one file, with V8's code cache where that fits this Node: start-up is what a small plan costs.
// Commands that are started often have a bundle of their own (scripts/build.js), which is smaller.
'use strict';
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { Script } = require('node:vm');

const dist = join(__dirname, '..', 'dist');

/** What the bundle for a command exports; undefined when it has not been built. */
function load(command = '') {
  const own = /^[a-z]+$/.test(command) ? loadBundle(`keelson-${command}`) : undefined;
  return own ?? loadBundle('keelson');
}

/** What a bundle under dist/ exports; undefined when it is not there. */
function loadBundle(name) {
  const filename = join(dist, `${name}.cjs`);
  // Bundles are ASCII, and that is read faster.
  const source = read(filename, 'latin1');
  if (source === undefined) return undefined;
  // A cache is only ever a gain.
  const cachedData = read(`${filename}.${process.version}-${process.arch}.cache`);
  const script = new Script(source, { filename, ...(cachedData === undefined ? {} : { cachedData }) });
  const exported = {};
  script.runInThisContext()(require, exported, dist);
  return exported;
}

function read(filename, encoding) {
  try {
    return readFileSync(filename, encoding);
  } catch {
    return undefined;
  }
}

module.exports = { load, loadBundle };
