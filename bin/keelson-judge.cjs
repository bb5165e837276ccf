// The thread of one check of the guard: holds one file against its contract. Whoever started it ends it when its time is up.
'use strict';
const { loadBundle } = require('./load.cjs');

loadBundle('judge').judgeInThread();
