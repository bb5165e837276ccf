import { hostName } from '../hosts.ts';
import { looksLikeKey } from './redact.ts';

/**
 * Whether a URL that is written in a script is an endpoint that the script calls. Scripts are full of URLs that nobody calls: names of XML, licences, links to
 * documentation. Wrong is worse than unknown, so a URL counts only where it says itself that it is one. The whole rule is here:
 *
 * 1. `wss://` and `ws://` count, as nothing but code opens them.
 * 2. `https://` counts where a word of its host, of those that dots and hyphens part, is one of `WORDS` or ends with `rpc`, or
 * 3. where its path begins or ends as those of JSON-RPC, GraphQL, OAuth and other interfaces do (`PATHS`), or
 * 4. where its path ends with what looks like a key: `https://x.quiknode.pro/0123456789abcdef…/`.
 * 5. None counts whose host is no public name, is of documentation or of a list of links that scripts carry (`NOT_CALLED`), or whose path
 *    is one of documents (`DOCUMENTS`); nor `http://`, which pages of today may not call.
 */
export function isEndpoint(url: URL): boolean {
  const host = hostName(url.hostname);
  if (host === undefined || !/^(?:https|wss?):$/.test(url.protocol)) return false;
  if (NOT_CALLED.some((name) => host === name || host.endsWith(`.${name}`))) return false;
  const labels = host.split('.');
  if (labels.some((label) => OF_DOCUMENTS.test(label))) return false;
  if (url.protocol !== 'https:') return true;
  if (DOCUMENTS.test(url.pathname)) return false;
  const segments = url.pathname.split('/').filter((segment) => segment !== '');
  const last = segments.at(-1);
  return (
    labels
      .slice(0, -1)
      .some((label) => label.split('-').some((word) => WORDS.has(word) || word.endsWith('rpc'))) ||
    PATHS.test(url.pathname) ||
    (last !== undefined && !/^0x[0-9a-f]+$/i.test(last) && looksLikeKey(last))
  );
}

const WORDS: ReadonlySet<string> = new Set([
  'rpc',
  'jsonrpc',
  'api',
  'apis',
  'node',
  'nodes',
  'fullnode',
  'ws',
  'wss',
  'websocket',
  'stream',
  'gateway',
  'graphql',
  'gql',
  'subgraph',
  'subgraphs',
  'indexer',
  'relay',
  'relayer',
  'sequencer',
  'backend',
  'auth',
  'sso',
  'mainnet',
  'testnet',
  'sepolia',
  'goerli',
  'holesky',
  'devnet',
]);

const PATHS =
  /^\/(?:rpc|json-?rpc|graphql|subgraphs|api|oauth2?)(?:\/|$)|^\/authorize$|\/(?:rpc|json-?rpc|graphql|ws|websocket)\/?$|^\/v[23]\/(?:$|[\w-]{20,}\/?$)|^\/ext\/bc\//i;

const DOCUMENTS =
  /\/(?:docs?|documentation|wiki|blog|guides?|learn|tutorials?|reference|licen[cs]es?|schemas?|issues|pull|blob|tree)(?:\/|$)|\.(?:html?|md|pdf|png|jpe?g|gif|svg|webp|ico|css|m?js|map|woff2?|ttf|mp4|zip|xsd|dtd)$/i;

const OF_DOCUMENTS =
  /^(?:docs?|documentation|developers?|dev-docs|learn|help|support|blog|wiki|forum|community|schemas?|status|news)$/;

/** Hosts whose URLs scripts carry as text: names of XML, licences, error pages of libraries, links to share. */
const NOT_CALLED = [
  'example.com',
  'example.net',
  'example.org',
  'localhost',
  'local',
  'w3.org',
  'schema.org',
  'json-schema.org',
  'xmlsoap.org',
  'ietf.org',
  'whatwg.org',
  'unicode.org',
  'mozilla.org',
  'opensource.org',
  'apache.org',
  'creativecommons.org',
  'gnu.org',
  'github.com',
  'github.io',
  'gitlab.com',
  'npmjs.com',
  'npmjs.org',
  'nodejs.org',
  'reactjs.org',
  'react.dev',
  'reactnative.dev',
  'reactrouter.com',
  'redux.js.org',
  'js.org',
  'angular.io',
  'angular.dev',
  'vuejs.org',
  'nextjs.org',
  'nuxt.com',
  'svelte.dev',
  'jquery.com',
  'jqueryui.com',
  'lodash.com',
  'momentjs.com',
  'mui.com',
  'tailwindcss.com',
  'getbootstrap.com',
  'webpack.js.org',
  'babeljs.io',
  'eslint.org',
  'typescriptlang.org',
  'chromestatus.com',
  'caniuse.com',
  'stackoverflow.com',
  'stackexchange.com',
  'wikipedia.org',
  'medium.com',
  'ethereum.org',
  'ethers.org',
  'viem.sh',
  'wagmi.sh',
  'openzeppelin.com',
  'facebook.com',
  'twitter.com',
  'x.com',
  't.me',
  'telegram.org',
  'discord.gg',
  'youtube.com',
  'api.whatsapp.com',
  'play.google.com',
  'apps.apple.com',
];
