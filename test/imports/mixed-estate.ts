/**
 * A large estate as a state file of Terraform (version 4): several products, each in its own way on AWS, Google Cloud or both, behind
 * Cloudflare or Route 53, with what surrounds them and is nobody's need. The edges are written down while it is made.
 */

export interface Estate {
  /** Text of the state file. */
  readonly state: string;
  readonly edges: readonly { readonly from: string; readonly to: string }[];
  readonly resources: number;
}

type Attributes = Readonly<Record<string, unknown>>;

/** An estate of so many products; about 19 resources each. The same number gives the same bytes. */
export function makeMixedEstate(products: number): Estate {
  const estate = new Making();
  for (let at = 0; at < products; at++) {
    if (at % 3 === 0) onAmazon(estate, at);
    else if (at % 3 === 1) onGoogle(estate, at);
    else onBoth(estate, at);
  }
  return estate.finish();
}

class Making {
  private readonly resources: unknown[] = [];
  private readonly found: { from: string; to: string }[] = [];

  /** Adds a resource, and says by what it goes in a draft. */
  add(type: string, name: string, attributes: Attributes): string {
    const provider = { a: 'hashicorp/aws', g: 'hashicorp/google', c: 'cloudflare/cloudflare' }[
      type[0] ?? 'a'
    ];
    this.resources.push({
      mode: 'managed',
      type,
      name,
      provider: `provider["registry.terraform.io/${provider}"]`,
      instances: [{ schema_version: 0, attributes, sensitive_attributes: [] }],
    });
    return `${type}.${name}`;
  }

  edge(from: string, ...to: readonly string[]): void {
    for (const one of to) this.found.push({ from, to: one });
  }

  finish(): Estate {
    return {
      state: JSON.stringify({
        version: 4,
        terraform_version: '1.9.8',
        serial: 1,
        lineage: 'mixed',
        outputs: {},
        resources: this.resources,
      }),
      edges: this.found,
      resources: this.resources.length,
    };
  }
}

const AMAZON = [
  {
    region: 'us-east-1',
    zones: [
      ['us-east-1a', 'use1-az6'],
      ['us-east-1b', 'use1-az1'],
    ],
  },
  {
    region: 'eu-west-1',
    zones: [
      ['eu-west-1a', 'euw1-az3'],
      ['eu-west-1c', 'euw1-az2'],
    ],
  },
] as const;
const GOOGLE = [
  { region: 'us-east4', zones: ['us-east4-a', 'us-east4-b'] },
  { region: 'asia-northeast1', zones: ['asia-northeast1-a', 'asia-northeast1-c'] },
] as const;

/** Machines of a product behind a balancer, with a database. Gives back the balancer and the host name that it has. */
function amazonStack(estate: Making, at: number): { balancer: string; host: string } {
  const { region, zones } = AMAZON[at % 2] ?? AMAZON[0];
  const arn = (service: string, rest: string): string => `arn:aws:${service}:${region}:111122223333:${rest}`;
  const product = `product${at}`;
  for (const [part] of ['iam_role', 'security_group', 'cloudwatch_log_group', 'kms_key'].entries())
    estate.add(
      ['aws_iam_role', 'aws_security_group', 'aws_cloudwatch_log_group', 'aws_kms_key'][part] ?? '',
      product,
      {
        id: `${product}-${part}`,
        name: product,
      },
    );
  const subnets = zones.map(([name, id], index) => {
    const subnet = `subnet-${at}0${index}00000000000${index}`;
    estate.add('aws_subnet', `${product}-${index}`, {
      id: subnet,
      availability_zone: name,
      availability_zone_id: id,
    });
    return subnet;
  });
  const host = `${product}-${1000 + at}.${region}.elb.amazonaws.com`;
  const balancer = estate.add('aws_lb', product, {
    id: arn('elasticloadbalancing', `loadbalancer/net/${product}/1`),
    arn: arn('elasticloadbalancing', `loadbalancer/net/${product}/1`),
    name: product,
    dns_name: host,
    load_balancer_type: 'network',
    internal: false,
    subnets,
  });
  const group = arn('elasticloadbalancing', `targetgroup/${product}/1`);
  estate.add('aws_lb_target_group', product, { id: group, arn: group, name: product });
  estate.add('aws_lb_listener', product, {
    id: arn('elasticloadbalancing', `listener/net/${product}/1/2`),
    load_balancer_arn: arn('elasticloadbalancing', `loadbalancer/net/${product}/1`),
    default_action: [{ type: 'forward', target_group_arn: group }],
  });
  const address = `${product}.c${at}xyz.${region}.rds.amazonaws.com`;
  estate.add('aws_db_subnet_group', product, { id: product, name: product, subnet_ids: subnets });
  const database = estate.add('aws_db_instance', product, {
    id: `db-${product.toUpperCase()}`,
    identifier: product,
    arn: arn('rds', `db:${product}`),
    address,
    endpoint: `${address}:5432`,
    availability_zone: zones[0][0],
    multi_az: at % 2 === 0,
    db_subnet_group_name: product,
    password: `secret-of-${product}`,
  });
  const both = zones.map(([, id]) => `aws/ec2@${region}/${id}`);
  estate.edge(database, `aws/rds@${region}`, ...(at % 2 === 0 ? both : both.slice(0, 1)));
  estate.edge(balancer, `aws/nlb@${region}`);
  for (const [index, [, id]] of zones.entries()) {
    const machine = `i-${at}a${index}00000000000`;
    const part = estate.add('aws_instance', `${product}-${index}`, {
      id: machine,
      arn: arn('ec2', `instance/${machine}`),
      subnet_id: subnets[index],
      private_ip: `10.${at}.${index}.10`,
      user_data: `#!/bin/sh\nDATABASE=postgres://app:secret-of-${product}@${address}/app`,
    });
    estate.edge(part, `aws/ec2@${region}/${id}`, database);
    estate.add('aws_lb_target_group_attachment', `${product}-${index}`, {
      id: `${group}-${index}`,
      target_group_arn: group,
      target_id: machine,
    });
    estate.edge(balancer, part);
  }
  return { balancer, host };
}

/** A group of machines of a region behind a forwarding rule, with a bucket. Gives back the rule and its address. */
function googleStack(estate: Making, at: number): { rule: string; address: string } {
  const { region, zones } = GOOGLE[at % 2] ?? GOOGLE[0];
  const product = `product${at}`;
  const link = (rest: string): string => `https://www.googleapis.com/compute/v1/projects/estate/${rest}`;
  const add = (type: string, rest: string, more: Attributes): string =>
    estate.add(type, product, {
      id: `projects/estate/${rest}`,
      self_link: link(rest),
      name: product,
      ...more,
    });
  for (const type of [
    'google_service_account',
    'google_compute_firewall',
    'google_compute_health_check',
    'google_compute_network',
  ])
    estate.add(type, product, { id: `projects/estate/${type}/${product}`, name: product });
  const address = `34.98.${at}.7`;
  add('google_compute_global_address', `global/addresses/${product}`, { address });
  const bucket = estate.add('google_storage_bucket', product, {
    id: `${product}-files-7`,
    name: `${product}-files-7`,
    location: region.toUpperCase(),
  });
  estate.edge(bucket, `gcp/storage@${region}`);
  add('google_compute_instance_template', `global/instanceTemplates/${product}`, {
    metadata_startup_script: `gsutil cp gs://${product}-files-7/run.sh . && sh run.sh`,
  });
  const group = add(
    'google_compute_region_instance_group_manager',
    `regions/${region}/instanceGroupManagers/${product}`,
    {
      region,
      distribution_policy_zones: zones,
      instance_group: link(`regions/${region}/instanceGroups/${product}`),
      version: [{ instance_template: link(`global/instanceTemplates/${product}`) }],
    },
  );
  estate.edge(group, ...zones.map((zone) => `gcp/compute@${region}/${zone}`), bucket);
  add('google_compute_backend_service', `global/backendServices/${product}`, {
    backend: [{ group: link(`regions/${region}/instanceGroups/${product}`) }],
  });
  add('google_compute_url_map', `global/urlMaps/${product}`, {
    default_service: link(`global/backendServices/${product}`),
  });
  add('google_compute_target_https_proxy', `global/targetHttpsProxies/${product}`, {
    url_map: link(`global/urlMaps/${product}`),
  });
  const rule = add('google_compute_global_forwarding_rule', `global/forwardingRules/${product}`, {
    ip_address: address,
    target: link(`global/targetHttpsProxies/${product}`),
    load_balancing_scheme: 'EXTERNAL',
  });
  estate.edge(rule, 'gcp/load-balancing', group);
  return { rule, address };
}

function onAmazon(estate: Making, at: number): void {
  const { balancer, host } = amazonStack(estate, at);
  estate.add('aws_route53_zone', `product${at}`, {
    id: `Z${at}ZONE`,
    zone_id: `Z${at}ZONE`,
    name: `product${at}.example`,
    vpc: [],
  });
  estate.add('aws_route53_record', `product${at}`, {
    id: `Z${at}ZONE_product${at}.example_A`,
    name: `product${at}.example`,
    fqdn: `product${at}.example`,
    type: 'A',
    zone_id: `Z${at}ZONE`,
    alias: [{ name: `dualstack.${host}`, zone_id: 'Z26RNL4JYFTOTI', evaluate_target_health: true }],
  });
  estate.edge(`product${at}.example`, 'route53/dns', balancer);
}

function onGoogle(estate: Making, at: number): void {
  const { rule, address } = googleStack(estate, at);
  estate.add('google_dns_managed_zone', `product${at}`, {
    id: `projects/estate/managedZones/product${at}`,
    name: `product${at}`,
    dns_name: `product${at}.example.`,
    visibility: 'public',
  });
  estate.add('google_dns_record_set', `product${at}`, {
    id: `projects/estate/managedZones/product${at}/rrsets/www.product${at}.example./A`,
    name: `www.product${at}.example.`,
    managed_zone: `product${at}`,
    type: 'A',
    rrdatas: [address],
  });
  estate.edge(`www.product${at}.example`, 'gcp/dns', rule);
}

function onBoth(estate: Making, at: number): void {
  const first = amazonStack(estate, at);
  const second = googleStack(estate, at);
  estate.add('cloudflare_zone', `product${at}`, { id: `zone${at}`, zone: `product${at}.example` });
  const pools = [first.host, second.address].map((address, index) => {
    const pool = estate.add('cloudflare_load_balancer_pool', `product${at}-${index}`, {
      id: `pool-${at}-${index}`,
      name: `product${at}-${index}`,
      minimum_origins: 1,
      origins: [{ name: 'origin', address, enabled: true }],
    });
    estate.edge(pool, index === 0 ? first.balancer : second.rule);
    return pool;
  });
  estate.add('cloudflare_load_balancer', `product${at}`, {
    id: `lb-${at}`,
    zone_id: `zone${at}`,
    name: `product${at}.example`,
    proxied: true,
    default_pool_ids: [`pool-${at}-0`, `pool-${at}-1`],
    fallback_pool_id: `pool-${at}-1`,
    steering_policy: 'off',
  });
  estate.edge(
    `product${at}.example`,
    'cloudflare/dns',
    'cloudflare/cdn',
    'cloudflare/load-balancing',
    ...pools,
  );
}
