// A worker of `keelson serve`: reads plans that are offered and holds each against the one in force, so that requests go on meanwhile.
'use strict';
const { parentPort } = require('node:worker_threads');
const { load } = require('./load.cjs');

const { judgePlan } = load();
parentPort.on('message', (request) => judgePlan(request, (judgement) => parentPort.postMessage(judgement)));
