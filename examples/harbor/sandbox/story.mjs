import { get } from './users.mjs';
import { clock } from './words.mjs';

const LOOKS_EVERY_MS = 200;

/** What happens when, on the clock of that day: by what the drill does, and by what the running system says. */
export class Story {
  #beganMs;
  #edges = [];
  #timers = new Set();

  /**
   * @param fault as a dry run of the drill says it
   * @param onEvent told when on that clock, and what
   */
  constructor({ course, takesMs }, speed, onEvent) {
    this.course = course;
    this.totalMs = takesMs;
    this.speed = speed;
    this.onEvent = onEvent;
  }

  /** @param places where Harbor is, as live.mjs says */
  start(places) {
    this.#timers.add(setInterval(() => void this.#look(places), LOOKS_EVERY_MS));
  }

  stop() {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  /** The moment of the incident, as words. */
  now() {
    if (this.#beganMs === undefined) return '     ';
    const atMs = Date.now() - this.#beganMs;
    const last = this.course.findLast((moment) => moment.atMs <= atMs) ?? this.course[0];
    return clock(Date.parse(last.at) + (atMs - last.atMs) * this.speed);
  }

  get beganMs() {
    return this.#beganMs ?? Date.now();
  }

  async #look({ faults, steerer }) {
    const [proxies, status] = await Promise.all([get(`${faults}/proxies`), get(`${steerer}/status`)]);
    if (this.#beganMs === undefined && proxies !== undefined && isPut(proxies.text)) {
      this.#beganMs = Date.now();
      this.#tell(0);
    }
    const inUse = status?.ok
      ? JSON.parse(status.text).services.find(({ name }) => name === 'edge')?.inUse
      : undefined;
    if (typeof inUse !== 'string') return;
    const name = inUse.startsWith('cloudflare') ? 'Cloudflare' : 'Fastly';
    if (this.#edges.at(-1)?.name === name) return;
    if (this.#edges.length > 0) this.onEvent(this.now(), `the edge is switched: users are at ${name}`);
    this.#edges.push({ at: Date.now(), name });
  }

  #tell(i) {
    const moment = this.course[i];
    if (moment === undefined) return;
    const timer = setTimeout(
      () => {
        const [failed, was] = [isEdge(moment), isEdge(this.course[i - 1])];
        if (failed !== was)
          this.onEvent(
            clock(Date.parse(moment.at)),
            failed ? 'Cloudflare fails' : 'Cloudflare is well again',
          );
        this.#tell(i + 1);
      },
      this.beganMs + moment.atMs - Date.now(),
    );
    this.#timers.add(timer);
  }

  picture(journeys, before) {
    const at = Date.now();
    const startMs = this.beganMs;
    const fails = (from, to) =>
      this.#beganMs !== undefined &&
      this.course.some(
        (moment, i) =>
          isEdge(moment) &&
          startMs + moment.atMs <= to &&
          startMs + (this.course[i + 1]?.atMs ?? Number.POSITIVE_INFINITY) > from,
      );
    const usersAt = (time) => this.#edges.findLast((edge) => edge.at <= time)?.name ?? 'Cloudflare';
    return {
      at,
      startMs,
      totalMs: this.totalMs,
      now: this.now(),
      fails,
      usersAt,
      journeys,
      before,
      speed: this.speed,
    };
  }
}

/** Whether the edge, and not only what is asked beside it, fails in a moment. */
function isEdge(moment) {
  return moment?.failing.some(({ address }) => address.startsWith('127.0.0.2:')) === true;
}

/** Whether the drill has put something. */
function isPut(text) {
  return Object.values(JSON.parse(text)).some(
    ({ enabled, toxics }) => !enabled || toxics.some(({ name }) => name.startsWith('keelson-drill-')),
  );
}
