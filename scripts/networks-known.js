// Which networks scripts/networks.js makes plans and rows of, and what each protocol asks for.

/** More than two thirds, as CometBFT and Solana ask; at least two thirds, as Ethereum does. */
const moreThanTwoThirds = (total) => Math.floor((2 * total) / 3) + 1;
const twoThirds = (total) => Math.ceil((2 * total) / 3);

const OTHERS = [
  '',
  'The largest hosts are told apart. All others are one member, taken once as never failing (finality) and once as failing',
  'together, as one (finality-at-worst): what is true lies between.',
];
const PEERS = [
  'Peers are no validators and say nothing of stake: this is what it would take if each peer weighed the same.',
];
const RATES = [
  '',
  'No record exists of any of these hosts failing as a whole, so hours and outages rest on an assumption and mean nothing here.',
  'What counts is which hosts, and how many, must be lost together; that rests on the counts alone.',
];

const COMET_BFT = [
  'A block needs precommits of more than two thirds of voting power (https://docs.cometbft.com/main/spec/consensus/bft-time), so the chain',
  'stands still once a third is lost: `finality` is the chain itself. A third that lies can make it fork',
  '(https://github.com/tendermint/tendermint/issues/200).',
];

const cosmos = (name, kind, file, asOf = '2024-03-28') => ({
  file,
  title: `${name} by peers`,
  dataset: 'node-hosting',
  kind: `cosmos/${kind}`,
  asOf,
  unit: 'peers',
  atLeast: moreThanTwoThirds,
  confidence: 'low',
  source: `obajay StateSync-snapshots, peers of ${name}, counted by network`,
  comment: [
    `${name}: its peers over those who host them, in March 2024. All hosts are told apart.`,
    ...PEERS,
    '',
    ...COMET_BFT,
    ...RATES,
  ],
});

const ETHEREUM = {
  dataset: 'node-hosting',
  kind: 'ethereum-el',
  asOf: '2025-11-22',
  unit: 'peers',
  atLeast: twoThirds,
  confidence: 'medium',
  source: 'geobeat, execution peers of Ethereum, counted by network',
  shown: 14,
  asks: ['finality', 'half'],
};

export const NETWORKS = [
  {
    file: 'solana-2022-10',
    title: 'Solana by stake',
    dataset: 'solana-2022-stake',
    asOf: '2022-10-31',
    unit: 'hundredths of a percent of stake',
    atLeast: moreThanTwoThirds,
    asks: ['finality'],
    isPart: true,
    cohorts: ['solana-validators'],
    confidence: 'medium',
    source: 'marinade-finance staking-status, epoch 366, grouped by data centre',
    comment: [
      'Solana: its stake over data centres on 31 October 2022, two days before Hetzner cut its nodes off.',
      'The records name nobody: three clusters are called Hetzner because they fell apart in the days after (data/sector/solana-2022).',
      '',
      'A slot is final once votes of more than two thirds of stake have locked it (get_supermajority_slot,',
      'https://docs.rs/solana-ledger/1.8.7/solana_ledger/staking_utils/index.html), so nothing is final any more once a third is lost. What then stands',
      'still is started again by people, with 80 % of stake (https://docs.solanalabs.com/operations/guides/restart-cluster, recalled).',
      ...OTHERS,
      ...RATES,
    ],
  },
  {
    title: 'Solana by validators',
    dataset: 'solana-2022',
    asOf: '2022-10-31',
    unit: 'validators',
    atLeast: moreThanTwoThirds,
    isPart: true,
  },
  {
    file: 'avalanche-2022',
    title: 'Avalanche by stake',
    dataset: 'avalanche-2022-stake',
    asOf: '2022-11-27',
    unit: 'millionths of stake',
    atLeast: (total) => Math.ceil((3 * total) / 4),
    confidence: 'medium',
    source: 'avalanche-node-map, validators of the primary network, by network',
    comment: [
      'Avalanche: the stake of its primary network over all 79 hosts, on 27 November 2022.',
      '',
      'A validator asks 20 others, drawn by stake, and counts the round when 15 of them agree; 20 such rounds decide',
      '(https://build.avax.network/docs/nodes/architecture/consensus). So there is no edge at two thirds: a round gets 15 answers with a chance of 80 % while 80 % of',
      'stake answers, 62 % at 75 %, 30 % at two thirds, 2 % at half. `finality` takes 75 %, where as many answer on average as are asked for.',
      ...RATES,
    ],
  },
  {
    title: 'Avalanche by validators',
    dataset: 'node-hosting',
    kind: 'avalanche-primary',
    asOf: '2022-11-27',
    unit: 'validators',
    atLeast: (total) => Math.ceil((3 * total) / 4),
  },
  {
    ...ETHEREUM,
    file: 'ethereum-peers-2025',
    title: 'Ethereum by peers',
    comment: [
      'Ethereum: its execution peers over those who host them, on 22 November 2025.',
      ...PEERS,
      '',
      'A checkpoint is final with votes of at least two thirds of staked ether (https://ethereum.org/developers/docs/consensus-mechanisms/pos/). Without',
      'them blocks go on and are not final; who is silent then loses stake until the others are two thirds again, which takes weeks (recalled).',
      ...OTHERS,
      ...RATES,
    ],
  },
  {
    ...ETHEREUM,
    file: 'polygon-peers-2025',
    title: 'Polygon by peers',
    kind: 'polygon-pos',
    source: 'geobeat, peers of Polygon, counted by network',
    atLeast: moreThanTwoThirds,
    comment: [
      'Polygon: its peers over those who host them, on 22 November 2025.',
      ...PEERS,
      '',
      'Milestones and checkpoints are agreed on by a chain of CometBFT’s kind, with more than two thirds of stake',
      '(https://github.com/maticnetwork/Polygon-Improvement-Proposals/blob/main/PIPs/PIP-11.md); without them blocks go on for a time and are not final.',
      ...OTHERS,
      ...RATES,
    ],
  },
  {
    title: 'Filecoin by peers, a small sample',
    dataset: 'node-hosting',
    kind: 'filecoin',
    asOf: '2025-11-22',
    unit: 'peers',
    atLeast: moreThanTwoThirds,
  },
  {
    ...ETHEREUM,
    file: 'wallet-on-ethereum-2025',
    title: 'A wallet on Ethereum',
    isMadeUp: true,
    shown: 12,
    withWorst: false,
    asks: ['finality'],
    comment: [
      'A made-up wallet: its page behind one CDN, its reads through one RPC provider, and beneath them Ethereum as ethereum-peers-2025.yaml has it.',
      '`send` needs all three; `send-with-two-of-each` has a second CDN and a second RPC provider, taken as switched to at once and for sure.',
      ...PEERS,
      ...RATES.slice(0, 1),
      'Rates of the CDNs and of Infura are the catalogue’s; those of hosts and of Alchemy are assumed. The network’s figures mean nothing but that they are',
      'small: what counts is which single things take the whole away.',
    ],
    journeys: (atLeast) => [
      `  send: {modes: {full: {needs: [cloudflare/cdn, infura/rpc, {from: network, atLeast: ${atLeast}}]}}}`,
      '  send-with-two-of-each:',
      '    modes:',
      `      full: {needs: [{any: [cloudflare/cdn, fastly/cdn]}, {any: [infura/rpc, alchemy/rpc]}, {from: network, atLeast: ${atLeast}}]}`,
    ],
  },
  cosmos('Juno', 'juno', 'cosmos-juno-2024'),
  cosmos('Band', 'bandprotocol', 'cosmos-band-2024'),
  cosmos('Dymension', 'dymension', 'cosmos-dymension-2024', '2024-03-27'),
  cosmos('Kyve', 'kyve', 'cosmos-kyve-2024'),
];
