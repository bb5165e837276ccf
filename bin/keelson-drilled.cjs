// A gateway or a steerer of a drill: ends when the drill has ended, however that was, and leaves nothing of it behind.
'use strict';
const { rmSync } = require('node:fs');
const { basename } = require('node:path');

const folder = process.env.KEELSON_DRILL_FOLDER ?? '';
process.once('disconnect', () => {
  if (basename(folder).startsWith('keelson-drill-')) rmSync(folder, { recursive: true, force: true });
  process.exit(1);
});
// Listening to it would keep this process alive after the gateway has ended.
process.channel?.unref();
require('./keelson.cjs');
