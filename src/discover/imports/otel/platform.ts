import type { Place } from '../references.ts';
import type { Attributes } from './attributes.ts';
import type { SeenService } from './calls.ts';

/** What a platform of `cloud.platform` is, and whether its machines stand in the zone that is named. */
const PLATFORMS: Readonly<Record<string, { readonly on?: string; readonly machines?: string }>> = {
  aws_ec2: { machines: 'aws/ec2' },
  aws_ecs: { on: 'aws/ecs-eks-fargate', machines: 'aws/ec2' },
  aws_eks: { on: 'aws/ecs-eks-fargate', machines: 'aws/ec2' },
  aws_lambda: { on: 'aws/lambda' },
  aws_app_runner: { on: 'aws/app-runner' },
  aws_elastic_beanstalk: { on: 'aws/elastic-beanstalk', machines: 'aws/ec2' },
  gcp_compute_engine: { machines: 'gcp/compute' },
  gcp_kubernetes_engine: { on: 'gcp/gke', machines: 'gcp/compute' },
  gcp_cloud_run: { on: 'gcp/run' },
  gcp_cloud_functions: { on: 'gcp/functions' },
  gcp_app_engine: { on: 'gcp/app-engine' },
  azure_vm: { machines: 'azure/virtual-machines' },
  azure_aks: { on: 'azure/aks' },
  azure_app_service: { on: 'azure/app-service' },
  azure_functions: { on: 'azure/functions' },
  azure_container_apps: { on: 'azure/container-apps' },
};
const PROVIDERS: Readonly<Record<string, string>> = {
  aws: 'aws',
  gcp: 'gcp',
  azure: 'azure',
  heroku: 'heroku',
};
const WORD = /^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/;

/** Adds where a service runs, as the attributes of its resource say. */
export function addPlatform(service: SeenService, resource: Attributes): void {
  const provider = PROVIDERS[resource.text('cloud.provider')?.toLowerCase() ?? ''];
  const region = word(resource.text('cloud.region'));
  const zone = word(resource.text('cloud.availability_zone'));
  if (provider === undefined) return;
  const name = (resource.text('cloud.platform') ?? '').toLowerCase().replace(/\./g, '_');
  const platform = Object.hasOwn(PLATFORMS, name) ? PLATFORMS[name] : undefined;
  const put = (capability: string, place: Place): void => {
    service.runsOn.set(`${capability} ${place.region ?? ''} ${place.zone ?? ''}`, { capability, place });
  };
  if (provider === 'heroku') put('heroku/runtime', {});
  else if (platform === undefined) service.remarks.add(`It runs at ${provider}; on what there is not said.`);
  else {
    if (platform.on !== undefined) put(platform.on, { region });
    const isMachine = platform.on === undefined;
    if (platform.machines !== undefined && (isMachine || zone !== undefined))
      put(platform.machines, { region, zone });
  }
}

function word(text: string | undefined): string | undefined {
  const lower = text?.toLowerCase();
  return lower !== undefined && WORD.test(lower) ? lower : undefined;
}
