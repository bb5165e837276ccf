// Somebody who comes for every journey of Harbor twice a second, and notes in which mode it is answered.

/** What is opened of each journey; its modes are those of live.yaml, the best first. */
const JOURNEYS = {
  login: { path: '/session', modes: ['full', 'existing-sessions'] },
  trade: { path: '/orders', modes: ['full', 'post-only', 'cancel-only', 'static'] },
  withdraw: { path: '/withdrawals', modes: ['full', 'queued'] },
  'market-data': { path: '/market/ticker', modes: ['live', 'snapshot'] },
};
const EVERY_MS = 500;
const WITHIN_MS = 2_000;

export class Visitors {
  /** By journey: since when it is in which mode, the last one now. */
  journeys = Object.entries(JOURNEYS).map(([name, { modes }]) => ({ name, modes, stages: [] }));
  #token = '';
  #timer;

  /** @param places where Harbor is, as live.mjs says */
  constructor(places, onChange) {
    this.places = places;
    this.onChange = onChange;
  }

  async start() {
    const user = {
      method: 'POST',
      body: '{"user":"visitor"}',
      headers: { 'content-type': 'application/json' },
    };
    const answer = await fetch(`${this.places.door}/login`, user);
    this.#token = (await answer.json()).token;
    this.#timer = setInterval(() => void this.#look(), EVERY_MS);
    await this.#look();
  }

  stop() {
    clearInterval(this.#timer);
  }

  async #look() {
    const at = Date.now();
    await Promise.all(
      this.journeys.map(async (journey) => {
        const mode = await this.#modeOf(journey);
        const last = journey.stages.at(-1);
        if (last?.mode === mode || (last !== undefined && last.at > at)) return;
        journey.stages.push({ at, mode });
        this.onChange(journey, mode, last?.mode);
      }),
    );
  }

  async #modeOf({ name }) {
    const headers = { authorization: `Bearer ${this.#token}` };
    const answer = await get(`${this.places.door}${JOURNEYS[name].path}`, headers);
    const said = /^"?([^";]+)/.exec(answer?.headers.get('keelson-mode') ?? '')?.[1];
    if (said !== undefined && (answer.ok || said !== JOURNEYS[name].modes[0])) return said;
    if (answer?.ok) return JOURNEYS[name].modes[0];
    // Who cannot trade finds the page that stands elsewhere.
    return name === 'trade' && (await get(`${this.places.page}/`))?.ok ? 'static' : 'down';
  }
}

/** What is answered at an address, read to its end; undefined where nothing is. */
export async function get(url, headers = {}) {
  try {
    const answer = await fetch(url, { headers, signal: AbortSignal.timeout(WITHIN_MS) });
    return { ok: answer.ok, headers: answer.headers, text: await answer.text() };
  } catch {
    return undefined;
  }
}
