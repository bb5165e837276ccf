import type { Rule, Rules } from './rule.ts';

const worker: Rule = {
  as: 'part',
  on: 'cloudflare/workers',
  isGlobal: true,
  runs: true,
  ids: ['name', 'script_name'],
};
const kv: Rule = { as: 'path', on: 'cloudflare/workers-kv', isGlobal: true };
const tunnel: Rule = { as: 'part', on: 'cloudflare/tunnel', isGlobal: true, ids: ['cname'], gathers: 'one' };
const pool: Rule = { as: 'part', ids: ['name'] };

/**
 * Types of the Cloudflare provider, versions 4 and 5. Records, load balancers, routes and domains are read by records.ts, since they
 * speak of hosts.
 */
export const CLOUDFLARE: Rules = {
  cloudflare_load_balancer_pool: pool,
  cloudflare_worker_script: worker,
  cloudflare_workers_script: worker,
  cloudflare_worker: worker,
  cloudflare_workers_kv_namespace: kv,
  cloudflare_r2_bucket: { as: 'part', on: 'cloudflare/r2', isGlobal: true, ids: ['name'] },
  cloudflare_d1_database: { as: 'part', on: 'cloudflare/d1', isGlobal: true, ids: ['name', 'uuid'] },
  cloudflare_queue: { as: 'part', on: 'cloudflare/queues', isGlobal: true, ids: ['name', 'queue_name'] },
  cloudflare_pages_project: {
    as: 'part',
    on: 'cloudflare/pages',
    isGlobal: true,
    runs: true,
    ids: ['name', 'subdomain', 'domains'],
  },
  cloudflare_tunnel: tunnel,
  cloudflare_argo_tunnel: tunnel,
  cloudflare_zero_trust_tunnel_cloudflared: tunnel,
};
