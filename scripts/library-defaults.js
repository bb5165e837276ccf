// Makes data/fingerprints/library-defaults.csv: endpoints that libraries for chains carry in their own code, whether a site calls them or
// not. It asks npm for the packages below, reads their scripts as a crawl reads those of a site, and keeps host and path.
//   npm run build && node scripts/library-defaults.js
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** What a site is told that it carries, and the packages that are read for it: several versions, as sites are built with old ones. */
const LIBRARIES = {
  viem: ['viem@1.21.4', 'viem@2.21.19', 'viem@2.57.20'],
  ethers: ['ethers@5.8.0', 'ethers@6.17.0', '@ethersproject/providers@5.8.0'],
  wagmi: ['@wagmi/chains@1.8.0', '@wagmi/core@1.4.13', '@wagmi/core@2.22.1', '@wagmi/connectors@5.11.2'],
  web3: ['web3@4.16.0', 'web3-rpc-providers@1.0.0-rc.4'],
  web3modal: [
    '@web3modal/ethereum@2.7.1',
    '@web3modal/wagmi@5.1.11',
    '@reown/appkit@1.8.9',
    '@reown/appkit-common@1.8.9',
    '@reown/appkit-controllers@1.8.9',
    '@reown/appkit-utils@1.8.9',
  ],
  walletconnect: ['@walletconnect/ethereum-provider@2.22.4', '@walletconnect/core@2.22.4'],
  rainbowkit: ['@rainbow-me/rainbowkit@2.2.9'],
  connectkit: ['connectkit@1.9.1'],
  'metamask-sdk': ['@metamask/sdk@0.33.1'],
  'coinbase-wallet-sdk': ['@coinbase/wallet-sdk@4.3.7'],
};

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const page = (name) =>
  import(pathToFileURL(join(root, 'dist', 'discover', 'crawl', 'page', `${name}.js`)).href);
const { EndpointReader } = await page('bundle');
const { References } = await page('references');

/** @type {Map<string, Set<string>>} */
const found = new Map();
const folder = mkdtempSync(join(tmpdir(), 'keelson-defaults-'));
try {
  for (const [library, packages] of Object.entries(LIBRARIES))
    for (const wanted of packages) {
      const archive = execFileSync('npm', ['pack', '--silent', wanted], { cwd: folder, encoding: 'utf8' });
      const into = mkdtempSync(join(folder, 'package-'));
      execFileSync('tar', ['-xzf', join(folder, archive.trim()), '-C', into]);
      for (const file of readdirSync(into, { recursive: true, encoding: 'utf8' }))
        if (/\.[cm]?js$/.test(file)) read(join(into, file), library);
    }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function read(file, library) {
  const references = new References(100_000);
  const reader = new EndpointReader('bundle', references);
  reader.write(readFileSync(file, 'utf8'));
  reader.end();
  for (const { host, path, isBegun } of references.all) {
    // With a key it is somebody's.
    if (path.includes('…')) continue;
    const place = `${host},${isBegun === true ? `${path}…` : path.replace(/\/$/, '')}`;
    found.set(place, (found.get(place) ?? new Set()).add(library));
  }
}

const lines = [...found]
  .map(([place, libraries]) => `${place},${[...libraries].join(' ')}`)
  .sort((a, b) => (a < b ? -1 : 1));
writeFileSync(
  join(root, 'data', 'fingerprints', 'library-defaults.csv'),
  ['host,path,libraries', ...lines, ''].join('\n'),
);
