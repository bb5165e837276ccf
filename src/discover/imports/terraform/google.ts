import { field, textOf, valuesAt, type JsonRecord } from '../json.ts';
import type { Rule, Rules } from './rule.ts';

const isOutside = (values: JsonRecord): boolean =>
  (textOf(field(values, 'load_balancing_scheme')) ?? 'EXTERNAL').startsWith('EXTERNAL');
const oneIsEnough = (): string => 'One zone is taken to be enough. How many must work for full load?';
const always = (): boolean => true;

const proxy: Rule = { as: 'path', needs: ['url_map', 'backend_service'] };
const backend: Rule = {
  as: 'path',
  oneOf: ['backend.group'],
  needs: ['security_policy', 'edge_security_policy'],
};
const map: Rule = {
  as: 'path',
  needs: [
    'default_service',
    'default_route_action.weighted_backend_services.backend_service',
    'path_matcher.default_service',
    'path_matcher.path_rule.service',
    'path_matcher.route_rules.service',
    'path_matcher.path_rule.route_action.weighted_backend_services.backend_service',
    'path_matcher.route_rules.route_action.weighted_backend_services.backend_service',
  ],
};
const address: Rule = { as: 'path', ids: ['address'] };
const template: Rule = { as: 'path', runs: true, ids: ['self_link_unique'] };
const run: Rule = {
  as: 'part',
  on: 'gcp/run',
  runs: true,
  told: [
    'template.containers.env.value_source.secret_key_ref.secret:google_secret_manager_secret',
    'template.spec.containers.env.value_from.secret_key_ref.name:google_secret_manager_secret',
  ],
  ids: ['uri', 'status.url', 'name'],
};
const functions: Rule = {
  as: 'part',
  on: 'gcp/functions',
  runs: true,
  told: [
    'secret_environment_variables.secret:google_secret_manager_secret',
    'service_config.secret_environment_variables.secret:google_secret_manager_secret',
  ],
  needs: ['event_trigger.resource', 'event_trigger.pubsub_topic'],
  ids: ['https_trigger_url', 'service_config.uri', 'name'],
};
const balancer: Rule = {
  as: 'part',
  on: 'gcp/load-balancing',
  needs: ['target', 'backend_service'],
  for: ['ip_address'],
  ids: ['ip_address'],
  isEntry: isOutside,
};

/** Types of the Google provider. What is not here, nor in aside.ts, is counted as not understood. */
export const GOOGLE: Rules = {
  // Machines
  google_compute_instance: {
    as: 'part',
    on: 'gcp/compute',
    zone: ['zone'],
    runs: true,
    ids: ['network_interface.network_ip', 'network_interface.access_config.nat_ip', 'name', 'instance_id'],
  },
  google_compute_instance_template: template,
  google_compute_region_instance_template: template,
  google_compute_instance_group_manager: {
    as: 'part',
    on: 'gcp/compute',
    zone: ['zone'],
    needs: ['version.instance_template'],
    ids: ['instance_group', 'name'],
  },
  google_compute_region_instance_group_manager: {
    as: 'part',
    on: 'gcp/compute',
    zones: ['distribution_policy_zones'],
    needs: ['version.instance_template'],
    ids: ['instance_group', 'name'],
    comment: oneIsEnough,
  },
  google_compute_instance_group: { as: 'path', oneOf: ['instances'] },
  google_compute_disk: { as: 'path' },

  // Load balancers, from the outside in
  google_compute_global_forwarding_rule: { ...balancer, isGlobal: true },
  google_compute_forwarding_rule: balancer,
  google_compute_address: address,
  google_compute_global_address: address,
  google_compute_target_http_proxy: proxy,
  google_compute_target_https_proxy: proxy,
  google_compute_target_ssl_proxy: proxy,
  google_compute_target_tcp_proxy: proxy,
  google_compute_region_target_http_proxy: proxy,
  google_compute_region_target_https_proxy: proxy,
  google_compute_region_target_tcp_proxy: proxy,
  google_compute_url_map: map,
  google_compute_region_url_map: map,
  google_compute_backend_service: backend,
  google_compute_region_backend_service: backend,
  google_compute_backend_bucket: {
    as: 'path',
    needs: ['bucket_name:google_storage_bucket', 'edge_security_policy'],
  },
  google_compute_target_pool: { as: 'path', oneOf: ['instances'] },
  google_compute_network_endpoint_group: { as: 'path', gathers: 'one' },
  google_compute_network_endpoint: {
    as: 'path',
    for: ['network_endpoint_group:google_compute_network_endpoint_group'],
    needs: ['instance:google_compute_instance'],
  },
  google_compute_region_network_endpoint_group: {
    as: 'path',
    needs: [
      'cloud_run.service:google_cloud_run_service',
      'cloud_run.service:google_cloud_run_v2_service',
      'cloud_function.function:google_cloudfunctions_function',
      'cloud_function.function:google_cloudfunctions2_function',
    ],
  },
  google_compute_security_policy: { as: 'path', on: 'gcp/cloud-armor', isGlobal: true },
  google_compute_region_security_policy: { as: 'path', on: 'gcp/cloud-armor', isGlobal: true },

  // Programs
  google_container_cluster: {
    as: 'part',
    on: 'gcp/gke',
    machines: 'gcp/compute',
    zones: (values) =>
      field(values, 'remove_default_node_pool') === true ? [] : ['node_locations', 'location'],
    gathers: 'one',
    ids: ['endpoint', 'name'],
  },
  google_container_node_pool: {
    as: 'part',
    on: 'gcp/compute',
    zones: ['node_locations', 'location'],
    for: ['cluster:google_container_cluster'],
    comment: oneIsEnough,
  },
  google_cloud_run_service: run,
  google_cloud_run_v2_service: run,
  google_cloudfunctions_function: functions,
  google_cloudfunctions2_function: functions,
  google_app_engine_application: {
    as: 'part',
    on: 'gcp/app-engine',
    ids: ['default_hostname'],
    isEntry: always,
  },

  // Keys and secrets
  google_kms_crypto_key: {
    as: 'part',
    on: 'gcp/kms',
    onlyNamed: (values) => !/^(?:ASYMMETRIC_SIGN|MAC)$/.test(textOf(field(values, 'purpose')) ?? ''),
  },
  google_kms_crypto_key_version: { as: 'path', needs: ['crypto_key'], ids: ['name'] },
  google_kms_key_ring: { as: 'place' },
  google_secret_manager_secret: {
    as: 'part',
    on: 'gcp/secret-manager',
    ids: ['secret_id', 'name'],
    onlyNamed: always,
  },
  google_secret_manager_regional_secret: {
    as: 'part',
    on: 'gcp/secret-manager',
    ids: ['secret_id', 'name'],
    onlyNamed: always,
  },
  google_secret_manager_secret_version: { as: 'path', needs: ['secret'], ids: ['name'] },

  // Data
  google_sql_database_instance: {
    as: 'part',
    on: 'gcp/cloud-sql',
    machines: 'gcp/compute',
    zone: (values) => (isRegional(values) ? [] : ['settings.location_preference.zone']),
    zones: (values) =>
      isRegional(values)
        ? ['settings.location_preference.zone', 'settings.location_preference.secondary_zone']
        : [],
    ids: [
      'connection_name',
      'ip_address.ip_address',
      'private_ip_address',
      'public_ip_address',
      'first_ip_address',
      'name',
    ],
    comment: (values) =>
      isRegional(values)
        ? 'Regional: a standby in a second zone takes over, within about a minute.'
        : undefined,
  },
  google_redis_instance: {
    as: 'part',
    on: 'gcp/memorystore',
    machines: 'gcp/compute',
    zone: (values) => (field(values, 'tier') === 'STANDARD_HA' ? [] : ['location_id']),
    zones: (values) =>
      field(values, 'tier') === 'STANDARD_HA' ? ['location_id', 'alternative_location_id'] : [],
    ids: ['host', 'name'],
  },
  google_spanner_instance: { as: 'part', on: 'gcp/spanner', ids: ['name'] },
  google_spanner_database: { as: 'path', needs: ['instance:google_spanner_instance'], ids: ['name'] },
  google_bigtable_instance: {
    as: 'part',
    on: 'gcp/bigtable',
    machines: 'gcp/compute',
    zones: ['cluster.zone'],
    ids: ['name'],
    comment: (values) =>
      valuesAt(values, ['cluster']).length > 1
        ? 'One of its clusters is taken to be enough: does its profile send to all of them?'
        : undefined,
  },
  google_firestore_database: { as: 'part', on: 'gcp/firestore', ids: ['name'] },
  google_bigquery_dataset: { as: 'part', on: 'gcp/bigquery', ids: ['dataset_id'] },
  google_filestore_instance: {
    as: 'part',
    on: 'gcp/filestore',
    machines: 'gcp/compute',
    zone: ['location', 'zone'],
    ids: ['networks.ip_addresses', 'name'],
  },
  google_storage_bucket: { as: 'part', on: 'gcp/storage', ids: ['name', 'url'] },
  google_pubsub_topic: { as: 'part', on: 'gcp/pubsub', isGlobal: true, ids: ['name'] },
  google_pubsub_subscription: { as: 'path', needs: ['topic:google_pubsub_topic'], ids: ['name'] },
};

function isRegional(values: JsonRecord): boolean {
  const settings = field(values, 'settings');
  return [settings].flat().some((one) => field(one, 'availability_type') === 'REGIONAL');
}
