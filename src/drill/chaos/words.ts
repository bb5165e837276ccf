import type { Tolerance } from './open-api.ts';

/* Words that an experiment and its import have in common. */

/** The environment holds the token of a session under this name: an answer's field cannot be taken by Chaos Toolkit. */
export const SESSION = { name: 'keelson_session', key: 'KEELSON_SESSION' } as const;
/** Begins every word that only one request has; each request puts its own number after it. */
export const UNIQUE = { name: 'keelson_unique', key: 'KEELSON_UNIQUE' } as const;

export const BEARER = `Bearer \${${SESSION.name}}`;
export const MODE_PATH = '$["keelson-mode"]';

/** What a form is sent as: what Chaos Toolkit makes of arguments where no header says that they are JSON. */
export const FORM = 'application/x-www-form-urlencoded';
export const JSON_TYPE = 'application/json';

/** Headers whose values are not for a file. */
export function isSecretHeader(name: string): boolean {
  return /^(proxy-)?authorization$|^(set-)?cookie$|token|secret|api-?key|password|signature/i.test(name);
}

/** That an answer says that it was given in a mode. */
export function modeTolerance(journey: string, mode: string): Tolerance {
  return {
    type: 'jsonpath',
    target: 'headers',
    path: MODE_PATH,
    expect: `${item(mode)};journey=${item(journey)}`,
  };
}

/** As the gateway writes it: a token where it can be one, else a string (RFC 9651). */
function item(name: string): string {
  return /^[a-z]/.test(name) ? name : `"${name}"`;
}
