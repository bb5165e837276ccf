// A gateway or a steerer of a drill: ends when the drill has ended, however that was, and leaves nothing of it behind.
'use strict';
const { mkdirSync, rmSync, writeFileSync } = require('node:fs');
const { basename, join } = require('node:path');

const { KEELSON_DRILL_FOLDER: folder = '', KEELSON_DRILL_VIA: via } = process.env;
if (basename(folder).startsWith('keelson-drill-')) {
  // Another one that still writes there does not keep it.
  const clear = () => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 10 });
  process.once('disconnect', () => {
    clear();
    process.exit(1);
  });
  // What is listened to keeps a process: this does not.
  process.channel?.unref();
  if (via !== undefined) {
    mkdirSync(folder, { mode: 0o700 });
    process.once('exit', clear);
    writeFileSync(join(folder, 'via.json'), via);
  }
  require('./keelson.cjs');
} else process.exit(2);
