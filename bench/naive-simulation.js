// The opponent of `keelson replay --years`: the plan simulated in the way that first comes to mind. An agenda of closures,
// one outage process for each event, a machine for each failover, and at every step all journeys read again by recursion.
//   node bench/naive-simulation.js PLAN YEARS [SEED [SIGMA]]
// Build first: npm run build. It follows docs/time.md, without ladder, reopen, backlog, peak and shared pools, and shares
// nothing with replay but the model.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildModel } from '../dist/model/index.js';
import { parsePlan } from '../dist/plan/index.js';

const HOURS_PER_YEAR = 8766;
/** Levels and loads closer than this are the same: percentages are not exact in binary. */
const TOLERANCE = 1e-9;

/** What is to be done when, as a binary heap: the soonest is on top. */
class Agenda {
  now = 0;
  heap = [];

  schedule(time, run) {
    const { heap } = this;
    const entry = { time, run, cancelled: false };
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent].time <= time) break;
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = entry;
    return entry;
  }

  /** When something is to be done next. */
  next() {
    while (this.heap.length > 0 && this.heap[0].cancelled) this.pop();
    return this.heap.length === 0 ? Number.POSITIVE_INFINITY : this.heap[0].time;
  }

  /** Does all that is to be done at the next time. */
  step() {
    this.now = this.next();
    while (this.next() === this.now) this.pop().run();
  }

  pop() {
    const { heap } = this;
    const top = heap[0];
    const last = heap.pop();
    if (heap.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1].time < heap[child].time) child++;
      if (heap[child].time >= last.time) break;
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = last;
    return top;
  }
}

/** Random numbers of several distributions, from one stream (sfc32). */
class Dice {
  constructor(seed) {
    this.a = 0x9e3779b9;
    this.b = 0x243f6a88;
    this.c = seed | 0;
    this.counter = 1;
    for (let i = 0; i < 16; i++) this.uniform();
  }

  /** In [0, 1). */
  uniform() {
    const sum = (this.a + this.b + this.counter++) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 4294967296;
  }

  happens(probability) {
    return this.uniform() < probability;
  }

  exponential(mean) {
    return -mean * Math.log(1 - this.uniform());
  }

  normal() {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Lognormal of the given mean; sigma is the spread of its logarithm. */
  lognormal(mean, sigma) {
    return mean * Math.exp(sigma * this.normal() - (sigma * sigma) / 2);
  }
}

/** Something read at one load, in change or not, with what has been read since the world last changed. */
class Context {
  constructor(load, change) {
    this.load = load;
    this.change = change;
    this.version = -1;
    this.levels = new Map();
    this.protections = new Map();
  }
}

/** What has failed now, what users are on, and what that comes to. */
class World {
  constructor(model, seed, sigma) {
    this.model = model;
    this.sigma = sigma;
    this.dice = new Dice(seed);
    this.agenda = new Agenda();
    this.failed = model.events.map(() => false);
    this.stateChanges = 0;
    /** Goes up whenever something changes: what was read before is out of date. */
    this.version = 0;
    this.contexts = [];
    this.failovers = new Map();
    this.growths = new Map();
    this.usable = Math.max(...model.journeys.map((journey) => journey.usable));

    const bits = new Map();
    const maskOf = (protections) => {
      let mask = 0;
      for (const protection of protections) {
        if (!bits.has(protection)) bits.set(protection, 1 << bits.size);
        mask |= bits.get(protection);
      }
      return mask;
    };
    this.referenceProtects = model.references.map((reference) => maskOf(reference.protects));
    this.serviceProtects = model.services.map((service) => maskOf(service.protects));
    /** How each mode reads the world, and the protections without which it is refused. */
    this.reads = new Map();
    for (const { modes } of model.journeys)
      for (const mode of modes)
        this.reads.set(mode, {
          context: this.context(mode.load),
          needed: mode.missing === 'refuse' ? maskOf(mode.need) : 0,
        });

    for (const [i, event] of model.events.entries()) if (event.rate?.ratePerYear > 0) this.beginOutages(i);
    const { use, order } = survey(model);
    for (const index of order) {
      const service = model.services[index];
      if (service.redundancy?.kind === 'any' && service.redundancy.options.length > 1)
        this.failovers.set(index, new Failover(this, index, use[index]));
      if (service.pool?.some((member) => member.grow > 0))
        this.growths.set(index, new Growth(this, service.pool, use[index]));
    }
    // What is needed comes before what needs it.
    this.machines = order.flatMap((i) => [this.failovers.get(i), this.growths.get(i)]).filter(Boolean);
  }

  /** One event alternates between working and failed, from its long-run state on. */
  beginOutages(index) {
    const { agenda, dice, failed, sigma } = this;
    const { probability, rate } = this.model.events[index];
    const { ratePerYear, meanHours } = rate;
    const works = (hours) => agenda.schedule(agenda.now + hours, () => set(true));
    const fails = (hours) => agenda.schedule(agenda.now + hours, () => set(false));
    const set = (value) => {
      failed[index] = value;
      this.version++;
      this.stateChanges++;
      if (value) fails(dice.lognormal(meanHours, sigma));
      else works(dice.exponential(HOURS_PER_YEAR / ratePerYear));
    };
    if (dice.happens(probability)) {
      // Long outages are the likelier ones to be met, each anywhere on its way.
      failed[index] = true;
      fails(dice.lognormal(meanHours * Math.exp(sigma * sigma), sigma) * dice.uniform());
    } else works(dice.exponential(HOURS_PER_YEAR / ratePerYear));
  }

  /** Machines act on what they see, until none does. */
  settle() {
    for (let moved = true; moved; ) {
      moved = false;
      for (const machine of this.machines)
        if (machine.update()) {
          this.version++;
          moved = true;
        }
    }
  }

  context(load, change = false) {
    const known = this.contexts.find((one) => one.load === load && one.change === change);
    if (known !== undefined) return known;
    const context = new Context(load, change);
    this.contexts.push(context);
    return context;
  }

  refresh(context) {
    if (context.version === this.version) return;
    context.version = this.version;
    context.levels.clear();
    context.protections.clear();
  }

  /** The share of requests answered, 0 to 1. */
  level(node, context) {
    switch (node.kind) {
      case 'reference': {
        const { events, eventsInChange } = this.model.references[node.reference];
        return this.anyFailed(context.change ? eventsInChange : events) ? 0 : 1;
      }
      case 'service':
        return this.serviceLevel(node.service, context);
      case 'all': {
        let lowest = 1;
        for (const part of node.parts) {
          lowest = Math.min(lowest, this.level(part, context));
          if (lowest === 0) break;
        }
        return lowest;
      }
      case 'any': {
        let highest = 0;
        for (const option of node.options) {
          highest = Math.max(highest, this.level(option.node, context));
          if (highest === 1) break;
        }
        return highest;
      }
      case 'atLeast': {
        const levels = node.of.map((part) => this.level(part, context)).sort((a, b) => b - a);
        return levels[node.atLeast - 1] ?? 0;
      }
      default:
        return this.poolLevel(node, context);
    }
  }

  serviceLevel(index, context) {
    this.refresh(context);
    const known = context.levels.get(index);
    if (known !== undefined) return known;
    const { own, needs, redundancy } = this.model.services[index];
    let level = this.anyFailed(own) ? 0 : 1;
    if (level > 0 && needs !== undefined) level = Math.min(level, this.level(needs, context));
    if (level > 0 && redundancy !== undefined) {
      if (redundancy.kind === 'any') {
        const option = this.optionInUse(index, redundancy);
        level = Math.min(level, option.carries / context.load, this.level(option.node, context));
      } else level = Math.min(level, this.level(redundancy, context));
    }
    context.levels.set(index, level);
    return level;
  }

  poolLevel({ service: index, amount }, context) {
    const { own, needs, pool } = this.model.services[index];
    if (this.anyFailed(own)) return 0;
    const growth = this.growths.get(index);
    let capacity = 0;
    for (const [i, member] of pool.entries()) {
      const size = member.capacity + (growth?.grown[i] ? member.grow : 0);
      capacity += size * this.level(member.node, context);
    }
    const level = Math.min(1, capacity / amount);
    return needs === undefined ? level : Math.min(level, this.level(needs, context));
  }

  anyFailed(events) {
    for (const event of events) if (this.failed[event]) return true;
    return false;
  }

  /** The alternative of a service that its users are on. */
  optionInUse(index, { options }) {
    return options[this.failovers.get(index)?.inUse ?? 0];
  }

  /** The protections on the path of a requirement, as bits. */
  protections(node, context) {
    switch (node.kind) {
      case 'reference':
        return this.referenceProtects[node.reference];
      case 'service':
        return this.serviceProtections(node.service, context);
      case 'all': {
        let mask = 0;
        for (const part of node.parts) mask |= this.protections(part, context);
        return mask;
      }
      case 'any': {
        const option = node.options.find((one) => this.works(one.node, context));
        return option === undefined ? 0 : this.protections(option.node, context);
      }
      case 'atLeast':
        return this.protectionsOfWorking(node.of, context);
      default: {
        const { needs, pool } = this.model.services[node.service];
        const members = pool.map((member) => member.node);
        return (
          this.serviceProtects[node.service] |
          (needs === undefined ? 0 : this.protections(needs, context)) |
          this.protectionsOfWorking(members, context)
        );
      }
    }
  }

  serviceProtections(index, context) {
    this.refresh(context);
    const known = context.protections.get(index);
    if (known !== undefined) return known;
    const { needs, redundancy } = this.model.services[index];
    let mask = this.serviceProtects[index];
    if (needs !== undefined) mask |= this.protections(needs, context);
    if (redundancy?.kind === 'any')
      mask |= this.protections(this.optionInUse(index, redundancy).node, context);
    else if (redundancy !== undefined) mask |= this.protections(redundancy, context);
    context.protections.set(index, mask);
    return mask;
  }

  /** Those that every working one has. */
  protectionsOfWorking(nodes, context) {
    let mask = -1;
    for (const node of nodes) if (this.works(node, context)) mask &= this.protections(node, context);
    return mask;
  }

  works(node, context) {
    return this.level(node, context) + TOLERANCE >= this.usable;
  }

  /** The best mode that a journey can be in now; as many as it has when there is none. */
  bestMode({ modes, usable }) {
    const best = modes.findIndex((mode) => {
      const { context, needed } = this.reads.get(mode);
      if (this.level(mode.node, context) + TOLERANCE < usable) return false;
      return needed === 0 || (needed & ~this.protections(mode.node, context)) === 0;
    });
    return best < 0 ? modes.length : best;
  }
}

/** Which alternative of a service its users are on. */
class Failover {
  constructor(world, index, { load, usable, onPath }) {
    const { redundancy } = world.model.services[index];
    const times = world.model.plan.services[index].value.failover ?? {};
    this.world = world;
    this.options = redundancy.options;
    this.switchEvent = redundancy.failover?.switch;
    this.steering = redundancy.failover?.steering;
    this.times = {
      detect: times.detect ?? 0,
      approve: times.approve ?? 0,
      switch: times.switch ?? 0,
      halfSpread: (times.spread ?? 0) / 2,
      hold: times.hold ?? 0,
    };
    this.usable = usable;
    this.context = world.context(load, !onPath);
    this.changing = world.context(load, true);
    // Best first: those that carry what is asked in the order of the file, then those that carry most.
    const carries = this.options.map((option) => Math.min(option.carries + TOLERANCE, load));
    this.preference = [...carries.keys()].sort((a, b) => carries[b] - carries[a] || a - b);
    this.normal = this.preference[0];

    this.healthy = this.options.map((option) => this.isHealthy(option));
    this.since = this.options.map(() => Number.NEGATIVE_INFINITY);
    this.wakes = this.options.map(() => Number.NEGATIVE_INFINITY);
    this.ready = this.options.map(() => true);
    this.succeeds = true;
    if (!this.healthy[this.normal]) this.draw();
    this.inUse = this.preference.find((i) => this.canTake(i)) ?? this.normal;
    /** idle, detecting, approving, waiting, switching, failed or spreading */
    this.step = 'idle';
    this.target = this.inUse;
    this.timer = null;
  }

  isHealthy(option) {
    return this.world.level(option.node, this.context) + TOLERANCE >= this.usable;
  }

  canTake(i) {
    return this.healthy[i] && this.ready[i];
  }

  steers() {
    const { steering, world } = this;
    return steering === undefined || world.level(steering, this.changing) + TOLERANCE >= this.usable;
  }

  /** Whether the others are ready and a switch succeeds, this time. */
  draw() {
    const { dice, model } = this.world;
    const isSpared = (event) => event === undefined || !dice.happens(model.events[event].probability);
    this.ready = this.options.map((option, i) => i === this.normal || isSpared(option.standby));
    this.succeeds = isSpared(this.switchEvent);
  }

  /** Looks at the alternatives, and says whether users have been moved. */
  update() {
    const before = this.inUse;
    for (const [i, option] of this.options.entries()) {
      const healthy = this.isHealthy(option);
      if (healthy === this.healthy[i]) continue;
      this.healthy[i] = healthy;
      if (healthy) this.since[i] = this.world.agenda.now;
      else if (i === this.normal) this.draw();
    }
    if (this.healthy[this.inUse]) this.whileWell();
    else this.whileIll();
    return this.inUse !== before;
  }

  whileWell() {
    if (this.step === 'spreading') return;
    this.stop();
    const { agenda } = this.world;
    for (const i of this.preference) {
      if (i === this.inUse) return;
      if (!this.canTake(i)) continue;
      const held = this.since[i] + this.times.hold;
      if (held > agenda.now) this.wake(i, held);
      else {
        if (this.steers()) this.move(i);
        return;
      }
    }
  }

  whileIll() {
    const best = this.preference.find((i) => i === this.inUse || this.canTake(i));
    if (best !== this.inUse && this.steers()) {
      this.stop();
      this.move(best);
    } else if (this.step === 'idle') {
      this.step = 'detecting';
      this.after(this.times.detect, () => {
        this.step = 'approving';
        this.after(this.times.approve, () => this.tryToSwitch());
      });
    } else if (this.step === 'waiting') this.tryToSwitch();
    else if (this.step === 'switching' && !(this.canTake(this.target) && this.steers())) {
      this.stop();
      this.tryToSwitch();
    }
  }

  tryToSwitch() {
    this.step = 'waiting';
    const target = this.preference.find((i) => i !== this.inUse && this.canTake(i));
    if (target === undefined || !this.steers()) return;
    this.step = 'switching';
    this.target = target;
    this.after(this.times.switch, () => {
      if (!this.succeeds) {
        this.step = 'failed';
        return;
      }
      this.step = 'spreading';
      this.after(this.times.halfSpread, () => this.move(target));
    });
  }

  move(to) {
    this.inUse = to;
    this.step = 'idle';
    this.world.version++;
  }

  after(hours, next) {
    const { agenda } = this.world;
    if (hours === 0) next();
    else this.timer = agenda.schedule(agenda.now + hours, next);
  }

  stop() {
    if (this.timer !== null) this.timer.cancelled = true;
    this.timer = null;
    this.step = 'idle';
  }

  /** To look again when an alternative has been healthy for long enough. */
  wake(i, time) {
    if (this.wakes[i] === time) return;
    this.wakes[i] = time;
    this.world.agenda.schedule(time, () => {});
  }
}

/** How much of a pool's growth is there. */
class Growth {
  constructor(world, pool, { load, usable, onPath, asked }) {
    this.world = world;
    this.pool = pool;
    this.usable = usable;
    this.asked = asked;
    this.context = world.context(load, !onPath);
    this.changing = world.context(load, true);
    this.grown = pool.map(() => false);
    this.timers = pool.map(() => null);
  }

  update() {
    const { world, context, pool, grown, timers, usable } = this;
    const levels = pool.map((member) => world.level(member.node, context));
    const capacity = pool.reduce((sum, member, i) => sum + member.capacity * levels[i], 0);
    const short = capacity < this.asked * (1 - TOLERANCE);
    let changed = false;
    for (const [i, member] of pool.entries()) {
      if (member.grow === 0) continue;
      const { needs } = member;
      const keeps = short && levels[i] + TOLERANCE >= usable;
      if (grown[i] && !keeps) {
        grown[i] = false;
        changed = true;
      }
      if (grown[i]) continue;
      const begins =
        keeps && (needs === undefined || world.level(needs, this.changing) + TOLERANCE >= usable);
      if (begins && member.after === 0) {
        grown[i] = true;
        changed = true;
      } else if (begins && timers[i] === null) {
        timers[i] = world.agenda.schedule(world.agenda.now + member.after, () => {
          timers[i] = null;
          grown[i] = true;
          world.version++;
        });
      } else if (!begins && timers[i] !== null) {
        timers[i].cancelled = true;
        timers[i] = null;
      }
    }
    return changed;
  }
}

/** What a journey has been through, year by year. */
class Account {
  years = [];
  mode = 0;
  isDown = false;
  /** When the first mode was left. */
  left = null;

  constructor(journey) {
    this.journey = journey;
    this.year = emptyYear();
  }

  /** The time from one moment to the next was spent in the present mode. */
  spend(from, to) {
    if (to <= from) return;
    const { journey, mode, year } = this;
    const wasDown = this.isDown;
    this.isDown = mode === journey.modes.length;
    if (mode === 0) {
      this.left = null;
      return;
    }
    this.left ??= from;
    if (this.isDown) {
      year.downHours += to - from;
      if (!wasDown) year.outages++;
    } else year.degradedHours += to - from;
    if (journey.loss === null) return;
    const worth = this.isDown ? 0 : journey.modes[mode].worth;
    year.loss += (1 - worth) * (lossUntil(journey, to - this.left) - lossUntil(journey, from - this.left));
  }

  closeYear() {
    this.years.push(this.year);
    this.year = emptyYear();
  }

  mean(field) {
    return this.years.reduce((sum, year) => sum + year[field], 0) / this.years.length;
  }
}

function emptyYear() {
  return { downHours: 0, degradedHours: 0, loss: 0, outages: 0 };
}

/** What being without anything costs from the beginning on. */
function lossUntil({ loss }, hours) {
  let sum = 0;
  let before = 0;
  for (const { afterHours, perHour } of loss) {
    sum += (perHour - before) * Math.max(0, hours - afterHours);
    before = perHour;
  }
  return sum;
}

/** What modes ask of each service at most, and the services in such an order that what is needed comes first. */
function survey(model) {
  const use = model.services.map(() => ({ load: 0, usable: 0, onPath: false, asked: 0 }));
  const order = new Set();
  for (const { modes, usable } of model.journeys)
    for (const { load, node } of modes) {
      const seen = { false: new Set(), true: new Set() };
      const visit = (part, change) => {
        if (part === undefined) return;
        if (part.kind === 'all') for (const one of part.parts) visit(one, change);
        else if (part.kind === 'atLeast') for (const one of part.of) visit(one, change);
        else if (part.kind === 'any') {
          for (const option of part.options) visit(option.node, change);
          visit(part.failover?.steering, true);
        } else if (part.kind !== 'reference') visitService(part, change);
      };
      const visitService = ({ service: index, amount = 0 }, change) => {
        const found = use[index];
        found.asked = Math.max(found.asked, amount);
        if (seen[change].has(index)) return;
        seen[change].add(index);
        found.load = Math.max(found.load, load);
        found.usable = Math.max(found.usable, usable);
        found.onPath ||= !change;
        const { needs, redundancy, pool } = model.services[index];
        visit(needs, change);
        visit(redundancy, change);
        for (const member of pool ?? []) {
          visit(member.node, change);
          visit(member.needs, true);
        }
        order.add(index);
      };
      visit(node, false);
    }
  return { use, order: [...order] };
}

/**
 * Means over the years. Outages are the times that a journey goes down, gaps of switches included; state changes the
 * begins and ends of what fails by itself.
 *
 * @param sigma the spread of the logarithm of how long outages last
 */
export function simulateNaively(model, years, seed = 1, sigma = 1) {
  const world = new World(model, seed, sigma);
  const { agenda } = world;
  const accounts = model.journeys.map((journey) => new Account(journey));
  let closed = 0;
  const closeYear = () => {
    for (const account of accounts) account.closeYear();
    closed++;
    agenda.schedule((closed + 1) * HOURS_PER_YEAR, closeYear);
  };
  agenda.schedule(HOURS_PER_YEAR, closeYear);
  while (closed < years) {
    world.settle();
    for (const account of accounts) account.mode = world.bestMode(account.journey);
    const next = agenda.next();
    for (const account of accounts) account.spend(agenda.now, next);
    agenda.step();
  }
  return {
    journeys: accounts.map((account) => ({
      name: account.journey.name,
      downHoursPerYear: account.mean('downHours'),
      degradedHoursPerYear: account.mean('degradedHours'),
      lossPerYear: account.journey.loss === null ? null : account.mean('loss'),
      outagesPerYear: account.mean('outages'),
    })),
    stateChanges: world.stateChanges,
  };
}

/** The spread of the logarithm of how long the incidents of the library lasted. */
function spreadOf(catalog) {
  const logs = catalog.counted.filter(({ hours }) => hours > 0).map(({ hours }) => Math.log(hours));
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  return Math.sqrt(logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / (logs.length - 1));
}

const here = fileURLToPath(import.meta.url);
if (process.argv[1] === here) {
  const [file = 'examples/harbor/plan.yaml', years = '1000', seed = '1', sigma] = process.argv.slice(2);
  const catalog = JSON.parse(readFileSync(join(dirname(here), '..', 'dist', 'catalog.json'), 'utf8'));
  const { plan } = parsePlan(readFileSync(file, 'utf8'), file);
  const model = plan && buildModel(plan, catalog).model;
  if (model === undefined) throw new Error(`${file} is not a plan: see keelson check`);
  const spread = sigma === undefined ? spreadOf(catalog) : Number(sigma);
  const begin = performance.now();
  const result = simulateNaively(model, Number(years), Number(seed), spread);
  const milliseconds = performance.now() - begin;
  console.log(
    JSON.stringify(
      { years: Number(years), seed: Number(seed), sigma: spread, milliseconds, ...result },
      null,
      2,
    ),
  );
}
