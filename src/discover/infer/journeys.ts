import type { Draft, DraftJourney, DraftService } from '../draft.ts';

/** What users come for at platforms of a kind, beside opening the site: asked for at the head of the journeys. */
const COME_FOR: Readonly<Partial<Record<Draft['kind'], string>>> = {
  exchange: 'login, trade, withdraw, deposit, balances, market-data',
  wallet: 'balances, sign, send, swap',
  explorer: 'look up a transaction, look up an account, ask the API',
  defi: 'connect a wallet, swap, lend, see positions',
  rpc: 'read, send a transaction, subscribe',
  chain: 'read, send a transaction, run a node',
};

interface Rule {
  readonly name: string;
  readonly comments: readonly string[];
  /** It is drafted where one of these was seen. */
  readonly when: readonly string[];
  /** What it needs of what was seen. */
  readonly needs: readonly string[];
  /** Core is only what somebody who cannot do it calls an outage at whatever platform; what is more, a person must say. */
  readonly tier: 'core' | 'important' | 'deferrable';
}

const PAGE = ['names', 'edge', 'hosting', 'page-code'];
const IS_CORE = 'Is it what users come for? Then it is core.';
const RULES: readonly Rule[] = [
  {
    name: 'site',
    comments: ['Opening the site.'],
    when: PAGE,
    needs: PAGE,
    tier: 'core',
  },
  {
    name: 'sign-in',
    comments: ['Signing in: by what was seen of it.'],
    when: ['sign-in', 'challenge'],
    needs: [...PAGE, 'challenge', 'sign-in'],
    tier: 'core',
  },
  {
    name: 'onboarding',
    comments: [
      'Proving who one is: new users, and what asks for it again. Can it wait while nobody can be checked?',
    ],
    when: ['identity-checks'],
    needs: [...PAGE, 'identity-checks'],
    tier: 'important',
  },
  {
    name: 'read-chain',
    comments: ['Reading chains in the page: balances, prices on chain, transactions.', IS_CORE],
    when: ['chain-reads'],
    needs: [...PAGE, 'chain-reads'],
    tier: 'important',
  },
  {
    name: 'connect-wallet',
    comments: ['Connecting a wallet.', IS_CORE],
    when: ['wallet-connect'],
    needs: [...PAGE, 'wallet-connect'],
    tier: 'important',
  },
  {
    name: 'see-data',
    comments: ['Seeing what the page asks others for.', IS_CORE],
    when: ['data'],
    needs: [...PAGE, 'data'],
    tier: 'important',
  },
  {
    name: 'whole-page',
    comments: ['The page with all that it shows: its fonts, charts, forms to pay in.', IS_CORE],
    when: ['page-extras'],
    needs: [...PAGE, 'page-extras'],
    tier: 'deferrable',
  },
  {
    name: 'mail',
    comments: ['Mail to users and from them.'],
    when: ['mail'],
    needs: ['names', 'mail'],
    tier: 'deferrable',
  },
  {
    name: 'support',
    comments: ['Asking for help.'],
    when: ['support'],
    needs: ['support'],
    tier: 'deferrable',
  },
  {
    name: 'news-of-failure',
    comments: ['Reading what is wrong while something is. By itself it harms nobody.'],
    when: ['status-page'],
    needs: ['names', 'status-page'],
    tier: 'deferrable',
  },
  {
    name: 'renew-certificates',
    comments: ['Renewing certificates. Users notice only when none was renewed until it ended.'],
    when: ['certificates'],
    needs: ['names', 'certificates'],
    tier: 'deferrable',
  },
  {
    name: 'watch',
    comments: ['Seeing how it goes, for those who run it.'],
    when: ['monitoring', 'analytics'],
    needs: ['monitoring', 'analytics'],
    tier: 'deferrable',
  },
];

/**
 * Journeys by what was seen; what else users come for, somebody must say.
 * @param isStatusInZone whether the status page is found by the names of the platform itself
 */
export function journeysOf(
  kind: Draft['kind'],
  services: readonly Pick<DraftService, 'name'>[],
  isStatusInZone: boolean,
): DraftJourney[] {
  const seen = new Set(services.map(({ name }) => name));
  const drafted = RULES.filter(({ when }) => when.some((one) => seen.has(one))).map((rule): DraftJourney => {
    const isApart = rule.name === 'news-of-failure' && !isStatusInZone;
    const needs = rule.needs.filter((one) => seen.has(one) && !(isApart && one === 'names'));
    return {
      name: rule.name,
      comments: rule.comments,
      tier: rule.tier,
      modes: [{ name: 'full', needs: { all: needs } }],
    };
  });
  const [first, ...rest] = drafted;
  const comeFor = COME_FOR[kind];
  if (first === undefined) return [];
  return [
    {
      ...first,
      comments: [
        `What do users come for? ${comeFor === undefined ? '' : `At such a platform: ${comeFor}. `}Add what is missing, with tier, slo and loss.`,
        ...first.comments,
      ],
    },
    ...rest,
  ];
}
