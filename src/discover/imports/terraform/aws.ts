import { field, listOf, textOf, valuesAt, type JsonRecord } from '../json.ts';
import type { Rule, Rules } from './rule.ts';

const always = (): boolean => true;
const isPublic = (values: JsonRecord): boolean => field(values, 'internal') !== true;
const oneIsEnough = (): string => 'One zone is taken to be enough. How many must work for full load?';

const count = (values: JsonRecord, key: string): number => listOf(field(values, key)).length;

const balancer: Rule = {
  as: 'part',
  on: (values) =>
    ({ network: 'aws/nlb', gateway: 'aws/gwlb' })[textOf(field(values, 'load_balancer_type')) ?? ''] ??
    'aws/load-balancer',
  machines: 'aws/ec2',
  zone: (values) =>
    count(values, 'subnets') === 1
      ? ['subnets']
      : count(values, 'subnet_mapping') === 1
        ? ['subnet_mapping.subnet_id']
        : [],
  ids: ['dns_name', 'arn_suffix'],
  isEntry: isPublic,
};
const listenerActions = [
  'default_action.target_group_arn',
  'default_action.forward.target_group.arn',
  'action.target_group_arn',
  'action.forward.target_group.arn',
];
const targetGroup: Rule = { as: 'path', gathers: 'one', ids: ['arn_suffix'] };
const targets: Rule = { as: 'path', for: ['target_group_arn'], needs: ['target_id'] };
const subnetGroup: Rule = { as: 'place', zones: ['subnet_ids'], ids: ['name'] };
const table = (on: string, ids: readonly string[] = []): Rule => ({ as: 'part', on, ids: ['name', ...ids] });
const copies: Partial<Rule> = {
  regions: ['replica.region_name'],
  gathers: 'copies',
  comment: (values) =>
    listOf(field(values, 'replica')).length > 0
      ? 'A copy in one region is taken to be enough: do its users move to another by themselves?'
      : undefined,
};
const clusterOf = (on: string): Rule => ({
  as: 'part',
  on,
  gathers: 'one',
  ids: ['endpoint', 'reader_endpoint', 'cluster_identifier'],
  for: ['global_cluster_identifier'],
});
const memberOf = (on: string): Rule => ({
  as: 'part',
  on,
  machines: 'aws/ec2',
  zone: [
    'availability_zone',
    'db_subnet_group_name:aws_db_subnet_group',
    'db_subnet_group_name:aws_docdb_subnet_group',
    'neptune_subnet_group_name:aws_neptune_subnet_group',
  ],
  inOneZone: always,
  for: ['cluster_identifier'],
  ids: ['endpoint', 'identifier'],
});

const isSingle = (values: JsonRecord): boolean =>
  (textOf(field(values, 'deployment_mode')) ?? 'SINGLE_INSTANCE') === 'SINGLE_INSTANCE';
const hasReplicas = (values: JsonRecord): boolean => field(values, 'num_replicas_per_shard') !== 0;
const isSpread = (values: JsonRecord): boolean =>
  valuesAt(values, ['cluster_config', 'zone_awareness_enabled']).includes(true);
const search: Rule = {
  as: 'part',
  on: 'aws/opensearch',
  machines: 'aws/ec2',
  zone: (values) => (isSpread(values) ? [] : ['vpc_options.subnet_ids', 'vpc_options.availability_zones']),
  zones: (values) => (isSpread(values) ? ['vpc_options.subnet_ids'] : []),
  inOneZone: (values) => !isSpread(values),
  ids: ['endpoint', 'domain_name'],
};
const isMultiZone = (values: JsonRecord): boolean =>
  (textOf(field(values, 'deployment_type')) ?? '').startsWith('MULTI_AZ');
const fsx: Rule = {
  as: 'part',
  on: 'aws/fsx',
  machines: 'aws/ec2',
  zone: (values) => (isMultiZone(values) ? [] : ['preferred_subnet_id', 'subnet_ids']),
  zones: (values) => (isMultiZone(values) ? ['subnet_ids'] : []),
  inOneZone: (values) => !isMultiZone(values),
  ids: ['dns_name'],
};

/** A key that signs is what is asked for each signature; of others, what runs may ask too, and only names tell. */
const key: Rule = {
  as: 'part',
  on: 'aws/kms',
  needs: ['custom_key_store_id'],
  ids: ['key_id'],
  onlyNamed: (values) =>
    !/^(?:SIGN_VERIFY|GENERATE_VERIFY_MAC)$/.test(
      textOf(field(values, 'key_usage')) ?? textOf(field(values, 'customer_master_key_usage')) ?? '',
    ),
};

/** Types of the AWS provider. What is not here, nor in aside.ts, is counted as not understood. */
export const AWS: Rules = {
  // Places
  aws_subnet: { as: 'place', zone: ['availability_zone_id', 'availability_zone'] },
  aws_default_subnet: { as: 'place', zone: ['availability_zone_id', 'availability_zone'] },
  aws_subnets: { as: 'place', zones: ['ids'] },
  aws_db_subnet_group: subnetGroup,
  aws_rds_subnet_group: subnetGroup,
  aws_elasticache_subnet_group: subnetGroup,
  aws_redshift_subnet_group: subnetGroup,
  aws_docdb_subnet_group: subnetGroup,
  aws_memorydb_subnet_group: subnetGroup,
  aws_neptune_subnet_group: subnetGroup,

  // Machines
  aws_instance: {
    as: 'part',
    on: 'aws/ec2',
    zone: ['availability_zone', 'subnet_id', 'network_interface.network_interface_id'],
    needs: ['launch_template.id', 'launch_template.name:aws_launch_template'],
    runs: true,
    ids: ['private_ip', 'public_ip', 'private_dns', 'public_dns', 'ipv6_addresses'],
  },
  aws_spot_instance_request: {
    as: 'part',
    on: 'aws/ec2',
    zone: ['availability_zone', 'subnet_id'],
    runs: true,
  },
  aws_network_interface: { as: 'place', zone: ['subnet_id'] },
  aws_launch_template: { as: 'path', runs: true, ids: ['name'] },
  aws_launch_configuration: { as: 'path', runs: true, ids: ['name'] },
  aws_autoscaling_group: {
    as: 'part',
    on: 'aws/ec2',
    zones: ['vpc_zone_identifier', 'availability_zones'],
    needs: [
      'launch_template.id',
      'launch_template.name:aws_launch_template',
      'launch_configuration:aws_launch_configuration',
      'mixed_instances_policy.launch_template.launch_template_specification.launch_template_id',
    ],
    for: ['target_group_arns', 'load_balancers:aws_elb', 'traffic_source.identifier'],
    ids: ['name'],
    comment: oneIsEnough,
  },
  aws_autoscaling_attachment: {
    as: 'path',
    for: ['lb_target_group_arn', 'alb_target_group_arn', 'elb:aws_elb'],
    needs: ['autoscaling_group_name:aws_autoscaling_group'],
  },
  aws_ebs_volume: { as: 'part', on: 'aws/ebs', zone: ['availability_zone'] },
  aws_volume_attachment: { as: 'path', for: ['instance_id'], needs: ['volume_id'] },
  aws_eip: { as: 'path', needs: ['instance'], ids: ['public_ip', 'public_dns', 'allocation_id'] },
  aws_eip_association: { as: 'path', for: ['allocation_id'], needs: ['instance_id'] },
  aws_lightsail_instance: {
    as: 'part',
    on: 'aws/ec2',
    zone: ['availability_zone'],
    ids: ['public_ip_address', 'private_ip_address', 'name'],
  },
  aws_efs_file_system: {
    as: 'part',
    on: 'aws/efs',
    machines: 'aws/ec2',
    zone: ['availability_zone_name'],
    inOneZone: (values) => textOf(field(values, 'availability_zone_id')) !== undefined,
    ids: ['dns_name'],
  },
  aws_efs_access_point: { as: 'path', needs: ['file_system_id'] },
  aws_fsx_lustre_file_system: fsx,
  aws_fsx_ontap_file_system: fsx,
  aws_fsx_openzfs_file_system: fsx,
  aws_fsx_windows_file_system: fsx,

  // Load balancers
  aws_lb: balancer,
  aws_alb: balancer,
  aws_lb_listener: { as: 'path', for: ['load_balancer_arn'], needs: listenerActions },
  aws_alb_listener: { as: 'path', for: ['load_balancer_arn'], needs: listenerActions },
  aws_lb_listener_rule: { as: 'path', for: ['listener_arn'], needs: listenerActions },
  aws_alb_listener_rule: { as: 'path', for: ['listener_arn'], needs: listenerActions },
  aws_lb_target_group: targetGroup,
  aws_alb_target_group: targetGroup,
  aws_lb_target_group_attachment: targets,
  aws_alb_target_group_attachment: targets,
  aws_elb: {
    as: 'part',
    on: 'aws/load-balancer',
    machines: 'aws/ec2',
    zone: (values) =>
      count(values, 'subnets') === 1
        ? ['subnets']
        : count(values, 'availability_zones') === 1
          ? ['availability_zones']
          : [],
    oneOf: ['instances'],
    gathers: 'one',
    ids: ['dns_name', 'name'],
    isEntry: isPublic,
  },
  aws_elb_attachment: { as: 'path', for: ['elb:aws_elb'], needs: ['instance'] },
  aws_globalaccelerator_accelerator: {
    as: 'part',
    on: 'aws/global-accelerator',
    isGlobal: true,
    ids: ['dns_name', 'ip_sets.ip_addresses'],
    isEntry: always,
  },
  aws_globalaccelerator_listener: { as: 'path', for: ['accelerator_arn'], gathers: 'one' },
  aws_globalaccelerator_endpoint_group: {
    as: 'path',
    for: ['listener_arn'],
    oneOf: ['endpoint_configuration.endpoint_id'],
  },

  // Databases
  aws_db_instance: {
    as: 'part',
    on: 'aws/rds',
    machines: 'aws/ec2',
    zone: ['availability_zone'],
    zones: (values) =>
      field(values, 'multi_az') === true ? ['db_subnet_group_name:aws_db_subnet_group'] : [],
    inOneZone: (values) => field(values, 'multi_az') !== true,
    ids: ['address', 'endpoint', 'identifier', 'resource_id'],
    comment: (values) =>
      field(values, 'multi_az') === true
        ? 'Multi-AZ: it stands in two of these zones, which is not said; one is taken to be enough. The switch takes a minute or two.'
        : undefined,
  },
  aws_rds_cluster: {
    ...clusterOf('aws/rds'),
    // Of Aurora the members say where they stand; a cluster with a class of its own has its machines in these zones.
    machines: 'aws/ec2',
    zones: (values) =>
      textOf(field(values, 'db_cluster_instance_class')) === undefined ? [] : ['availability_zones'],
  },
  aws_rds_cluster_instance: memberOf('aws/rds'),
  aws_rds_global_cluster: { as: 'part', gathers: 'one', ids: ['global_cluster_identifier'] },
  aws_docdb_cluster: clusterOf('aws/documentdb'),
  aws_docdb_cluster_instance: memberOf('aws/documentdb'),
  aws_neptune_cluster: clusterOf('aws/neptune'),
  aws_neptune_cluster_instance: memberOf('aws/neptune'),
  aws_db_proxy: { as: 'part', on: 'aws/rds-proxy', ids: ['endpoint', 'name'] },
  aws_db_proxy_target: {
    as: 'path',
    for: ['db_proxy_name:aws_db_proxy'],
    needs: ['db_instance_identifier:aws_db_instance', 'db_cluster_identifier:aws_rds_cluster'],
  },
  aws_dynamodb_table: { ...table('aws/dynamodb'), ...copies },
  aws_dynamodb_global_table: { ...table('aws/dynamodb'), ...copies },
  aws_dynamodb_table_replica: { as: 'path', for: ['global_table_arn'], on: 'aws/dynamodb' },
  aws_elasticache_replication_group: {
    as: 'part',
    on: 'aws/elasticache',
    machines: 'aws/ec2',
    zones: (values) =>
      listOf(field(values, 'preferred_cache_cluster_azs')).length > 0
        ? ['preferred_cache_cluster_azs']
        : field(values, 'automatic_failover_enabled') === true
          ? ['subnet_group_name:aws_elasticache_subnet_group']
          : [],
    zone: (values) =>
      field(values, 'automatic_failover_enabled') === true
        ? []
        : ['subnet_group_name:aws_elasticache_subnet_group'],
    inOneZone: (values) => field(values, 'num_cache_clusters') === 1,
    ids: [
      'primary_endpoint_address',
      'reader_endpoint_address',
      'configuration_endpoint_address',
      'replication_group_id',
    ],
    comment: oneIsEnough,
  },
  aws_elasticache_cluster: {
    as: 'part',
    on: 'aws/elasticache',
    machines: 'aws/ec2',
    zone: ['availability_zone', 'subnet_group_name:aws_elasticache_subnet_group'],
    zones: ['preferred_availability_zones'],
    inOneZone: (values) => field(values, 'num_cache_nodes') === 1,
    ids: ['cluster_address', 'configuration_endpoint', 'cache_nodes.address'],
  },
  aws_elasticache_serverless_cache: { as: 'part', on: 'aws/elasticache', ids: ['endpoint.address', 'name'] },
  aws_opensearch_domain: search,
  aws_elasticsearch_domain: search,
  aws_redshift_cluster: {
    as: 'part',
    on: 'aws/redshift',
    machines: 'aws/ec2',
    zone: (values) =>
      field(values, 'multi_az') === true
        ? []
        : ['availability_zone', 'cluster_subnet_group_name:aws_redshift_subnet_group'],
    zones: (values) =>
      field(values, 'multi_az') === true ? ['cluster_subnet_group_name:aws_redshift_subnet_group'] : [],
    inOneZone: (values) => field(values, 'multi_az') !== true,
    ids: ['endpoint', 'dns_name', 'cluster_identifier'],
  },
  aws_memorydb_cluster: {
    as: 'part',
    on: 'aws/memorydb',
    machines: 'aws/ec2',
    zone: (values) => (hasReplicas(values) ? [] : ['subnet_group_name:aws_memorydb_subnet_group']),
    zones: (values) => (hasReplicas(values) ? ['subnet_group_name:aws_memorydb_subnet_group'] : []),
    inOneZone: (values) => field(values, 'num_replicas_per_shard') === 0,
    ids: ['cluster_endpoint.address', 'name'],
  },

  // Objects, queues, streams
  aws_s3_bucket: {
    as: 'part',
    on: 'aws/s3',
    ids: [
      'bucket',
      'bucket_domain_name',
      'bucket_regional_domain_name',
      'website_endpoint',
      'website_domain',
    ],
  },
  aws_s3_bucket_website_configuration: {
    as: 'path',
    needs: ['bucket'],
    ids: ['website_endpoint', 'website_domain'],
  },
  aws_sqs_queue: table('aws/sqs', ['url']),
  aws_sns_topic: table('aws/sns'),
  aws_sns_topic_subscription: { as: 'path', for: ['endpoint'], needs: ['topic_arn'] },
  aws_kinesis_stream: table('aws/kinesis'),
  aws_msk_cluster: {
    as: 'part',
    on: 'aws/msk',
    machines: 'aws/ec2',
    zones: ['broker_node_group_info.client_subnets'],
    ids: [
      'bootstrap_brokers',
      'bootstrap_brokers_tls',
      'bootstrap_brokers_sasl_iam',
      'bootstrap_brokers_sasl_scram',
    ],
    comment: () =>
      'Brokers stand in these zones; one is taken to be enough. Partitions need as many as their replicas say.',
  },
  aws_msk_serverless_cluster: { as: 'part', on: 'aws/msk' },
  aws_mq_broker: {
    as: 'part',
    on: 'aws/mq',
    machines: 'aws/ec2',
    zone: (values) => (isSingle(values) ? ['subnet_ids'] : []),
    zones: (values) => (isSingle(values) ? [] : ['subnet_ids']),
    inOneZone: isSingle,
    ids: ['instances.endpoints'],
    comment: (values) =>
      isSingle(values)
        ? undefined
        : 'Brokers stand in these zones; one is taken to be enough. Queues of a quorum need most of them.',
  },

  // Keys and secrets
  aws_kms_key: key,
  aws_kms_external_key: key,
  aws_kms_replica_key: key,
  aws_kms_replica_external_key: key,
  aws_kms_alias: { as: 'path', needs: ['target_key_arn', 'target_key_id'], ids: ['name'] },
  aws_cloudhsm_v2_cluster: {
    as: 'part',
    on: 'aws/cloudhsm',
    gathers: 'one',
    ids: ['cluster_id'],
  },
  aws_cloudhsm_v2_hsm: {
    as: 'path',
    machines: 'aws/ec2',
    zone: ['availability_zone', 'subnet_id'],
    for: ['cluster_id'],
  },
  aws_secretsmanager_secret: {
    as: 'part',
    on: 'aws/secrets-manager',
    ids: ['name'],
    onlyNamed: always,
  },
  aws_secretsmanager_secret_version: { as: 'path', needs: ['secret_id'] },
  aws_ssm_parameter: { as: 'part', on: 'aws/ssm', ids: ['name'], onlyNamed: always },

  // Programs
  aws_lambda_function: {
    as: 'part',
    on: 'aws/lambda',
    machines: 'aws/ec2',
    zones: ['vpc_config.subnet_ids'],
    runs: true,
    ids: ['function_name', 'invoke_arn', 'qualified_arn', 'qualified_invoke_arn'],
  },
  aws_lambda_alias: { as: 'path', needs: ['function_name:aws_lambda_function'], ids: ['invoke_arn'] },
  aws_lambda_function_url: {
    as: 'path',
    needs: ['function_name:aws_lambda_function'],
    ids: ['function_url'],
  },
  aws_lambda_event_source_mapping: {
    as: 'path',
    for: ['function_name:aws_lambda_function'],
    needs: ['event_source_arn'],
  },
  aws_ecs_service: {
    as: 'part',
    on: 'aws/ecs-eks-fargate',
    machines: 'aws/ec2',
    zones: ['network_configuration.subnets'],
    needs: ['task_definition'],
    for: ['load_balancer.target_group_arn', 'load_balancer.elb_name:aws_elb'],
    comment: oneIsEnough,
  },
  aws_ecs_task_definition: { as: 'path', runs: true, ids: ['family', 'arn_without_revision'] },
  aws_eks_cluster: { as: 'part', on: 'aws/ecs-eks-fargate', gathers: 'one', ids: ['endpoint', 'name'] },
  aws_eks_node_group: {
    as: 'part',
    on: 'aws/ec2',
    zones: ['subnet_ids'],
    for: ['cluster_name:aws_eks_cluster'],
    comment: oneIsEnough,
  },
  aws_eks_fargate_profile: {
    as: 'part',
    on: 'aws/ecs-eks-fargate',
    machines: 'aws/ec2',
    zones: ['subnet_ids'],
    for: ['cluster_name:aws_eks_cluster'],
    comment: oneIsEnough,
  },
  aws_apprunner_service: {
    as: 'part',
    on: 'aws/app-runner',
    runs: true,
    ids: ['service_url'],
    isEntry: always,
  },
  aws_elastic_beanstalk_environment: {
    as: 'part',
    on: 'aws/elastic-beanstalk',
    runs: true,
    ids: ['cname', 'endpoint_url'],
    isEntry: always,
  },
  aws_amplify_app: { as: 'part', on: 'aws/amplify', ids: ['default_domain'], isEntry: always },
  aws_sfn_state_machine: { as: 'part', on: 'aws/step-functions', runs: true, ids: ['name'] },

  // Gateways, edges, identities
  aws_api_gateway_rest_api: { as: 'part', on: 'aws/api-gateway', ids: ['name'], isEntry: always },
  aws_api_gateway_integration: { as: 'path', for: ['rest_api_id'], needs: ['uri', 'connection_id'] },
  aws_api_gateway_authorizer: {
    as: 'path',
    for: ['rest_api_id'],
    needs: ['authorizer_uri', 'provider_arns'],
  },
  aws_api_gateway_stage: { as: 'path', needs: ['rest_api_id'], ids: ['invoke_url'] },
  aws_api_gateway_vpc_link: { as: 'path', needs: ['target_arns'] },
  aws_api_gateway_domain_name: {
    as: 'path',
    ids: ['domain_name', 'regional_domain_name', 'cloudfront_domain_name'],
  },
  aws_api_gateway_base_path_mapping: {
    as: 'path',
    for: ['domain_name:aws_api_gateway_domain_name'],
    needs: ['api_id'],
  },
  aws_apigatewayv2_api: { as: 'part', on: 'aws/api-gateway', ids: ['api_endpoint'], isEntry: always },
  aws_apigatewayv2_integration: { as: 'path', for: ['api_id'], needs: ['integration_uri'] },
  aws_apigatewayv2_authorizer: {
    as: 'path',
    for: ['api_id'],
    needs: ['authorizer_uri', 'jwt_configuration.issuer'],
  },
  aws_apigatewayv2_stage: { as: 'path', needs: ['api_id'], ids: ['invoke_url'] },
  aws_apigatewayv2_domain_name: {
    as: 'path',
    ids: ['domain_name', 'domain_name_configuration.target_domain_name'],
  },
  aws_apigatewayv2_api_mapping: {
    as: 'path',
    for: ['domain_name:aws_apigatewayv2_domain_name'],
    needs: ['api_id'],
  },
  aws_cloudfront_distribution: {
    as: 'part',
    on: 'aws/cloudfront',
    isGlobal: true,
    needs: [
      'web_acl_id',
      'default_cache_behavior.lambda_function_association.lambda_arn',
      'ordered_cache_behavior.lambda_function_association.lambda_arn',
    ],
    hosts: ['origin.domain_name'],
    ids: ['domain_name'],
    isEntry: always,
  },
  aws_wafv2_web_acl: {
    as: 'path',
    on: (values) => (field(values, 'scope') === 'CLOUDFRONT' ? 'aws/waf' : 'aws/waf-regional'),
    isGlobal: (values) => field(values, 'scope') === 'CLOUDFRONT',
  },
  aws_wafv2_web_acl_association: { as: 'path', for: ['resource_arn'], needs: ['web_acl_arn'] },
  aws_waf_web_acl: { as: 'path', on: 'aws/waf', isGlobal: true },
  aws_wafregional_web_acl: { as: 'path', on: 'aws/waf-regional' },
  aws_wafregional_web_acl_association: { as: 'path', for: ['resource_arn'], needs: ['web_acl_id'] },
  aws_cognito_user_pool: { as: 'part', on: 'aws/cognito', ids: ['endpoint'] },
  aws_cognito_user_pool_client: { as: 'path', needs: ['user_pool_id'] },
};
