#!/usr/bin/env node
// Starts the command.
'use strict';
const { join } = require('node:path');
const { load } = require('./load.cjs');

const [first, second] = process.argv.slice(2);
const command = load(first === 'help' ? second : first);
if (command === undefined) {
  process.stderr.write('keelson: it has not been built.\n  npm run build\n');
  process.exit(2);
}
const { main, processEnvironment } = command;
main(process.argv.slice(2), processEnvironment(join(__dirname, '..'))).then((code) => {
  process.exitCode = code;
});
