// One worker of `keelson open`: makes one page, so that the last one is served meanwhile.
'use strict';
const { parentPort, workerData } = require('node:worker_threads');
const { load } = require('./load.cjs');

load().makePage(workerData, (message) => parentPort.postMessage(message));
