// One worker of `keelson serve`: reads a plan that is offered and holds it against the one in force, so that requests go on meanwhile.
'use strict';
const { parentPort, workerData } = require('node:worker_threads');
const { load } = require('./load.cjs');

load().judgePlan(workerData, (judgement) => parentPort.postMessage(judgement));
