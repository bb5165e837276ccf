import { encloses, type parseReference } from '../plan/index.ts';

type Reference = NonNullable<ReturnType<typeof parseReference>>;

/** Names under which plans have a capability that is called otherwise by now: drafts of before named one thing twice. */
const FORMER: Readonly<Record<string, string>> = {
  'aws/alb': 'aws/load-balancer',
  'aws/elb': 'aws/load-balancer',
  'gcp/cloud-run': 'gcp/run',
};

/**
 * What shows from outside only in general, since its region or its zone does not, and what files or people say of the same thing. The catalogue
 * wants a place for these, so that what is known without one has a name of its own.
 */
const GENERAL: Readonly<Record<string, string>> = {
  'aws/compute': 'aws/ec2',
  'aws/http-api': 'aws/api-gateway',
  'aws/object-storage': 'aws/s3',
  'azure/compute': 'azure/virtual-machines',
  'gcp/hosting': 'gcp/compute',
};

/** A capability's name as drafts have it now: `aws/load-balancer` for `aws/alb`. */
function presentName({ provider, capability }: Reference): string {
  const name = `${provider}/${capability ?? ''}`;
  return Object.hasOwn(FORMER, name) ? (FORMER[name] ?? name) : name;
}

/** Whether two references are to one capability: by name, by a former name, or one says in general what the other says exactly. */
export function isSameCapability(one: Reference, other: Reference): boolean {
  const [a, b] = [presentName(one), presentName(other)];
  return a === b || exactOf(a) === b || exactOf(b) === a;
}

function exactOf(general: string): string | undefined {
  return Object.hasOwn(GENERAL, general) ? GENERAL[general] : undefined;
}

/** Whether two places may be one: they are the same, one is within the other, or one is not said. */
export function isNear(a: Reference, b: Reference): boolean {
  return a.scope === '' || b.scope === '' || encloses(a.scope, b.scope) || encloses(b.scope, a.scope);
}
