// One worker of `keelson replay --years`: takes blocks of years until none is left.
'use strict';
const { parentPort, workerData } = require('node:worker_threads');
const { load } = require('./load.cjs');

load('replay').takeBlocks(workerData, (block, result) => parentPort.postMessage({ block, result }));
