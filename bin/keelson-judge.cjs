// The thread of the guard's checks: holds files against their contracts. Whoever started it ends it when its time is up.
'use strict';
const { loadBundle } = require('./load.cjs');

loadBundle('judge').judgeInThread();
