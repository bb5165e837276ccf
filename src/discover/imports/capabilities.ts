import type { Handled, Protection } from '../../plan/index.ts';

/** What an import may find and the catalogue may lack. */
export interface OwnCapability {
  readonly title: string;
  readonly kind: string;
  /** How it is referred to: one event everywhere, one a region or one a zone. @default region */
  readonly per?: 'global' | 'zone';
  readonly protects?: readonly Protection[];
  readonly handles?: readonly Handled[];
}

/**
 * Titles, kinds and levels of what the readers of `terraform/` refer to. What the catalogue has goes by the catalogue; the rest of this
 * is declared in the draft, without a record of outages.
 */
export const CAPABILITIES: Readonly<Record<string, OwnCapability>> = {
  'aws/amplify': { title: 'Amplify hosting', kind: 'platform', handles: ['content'] },
  'aws/app-runner': { title: 'App Runner', kind: 'platform' },
  'aws/cloudhsm': { title: 'CloudHSM', kind: 'keys', handles: ['credentials'] },
  'aws/cognito': { title: 'Cognito user pools', kind: 'identity', handles: ['credentials'] },
  'aws/documentdb': { title: 'DocumentDB', kind: 'database', handles: ['content'] },
  'aws/efs': { title: 'Elastic File System', kind: 'file-storage', handles: ['content'] },
  'aws/elastic-beanstalk': { title: 'Elastic Beanstalk', kind: 'platform' },
  'aws/elasticache': { title: 'ElastiCache', kind: 'cache', handles: ['content'] },
  'aws/global-accelerator': { title: 'Global Accelerator', kind: 'routing', per: 'global' },
  'aws/gwlb': { title: 'Gateway load balancer', kind: 'load-balancer' },
  'aws/fsx': { title: 'FSx', kind: 'file-storage', handles: ['content'] },
  'aws/kms': { title: 'Key Management Service', kind: 'keys', handles: ['credentials'] },
  'aws/kinesis': { title: 'Kinesis', kind: 'streams', handles: ['content'] },
  'aws/load-balancer': {
    title: 'Application or classic load balancer',
    kind: 'load-balancer',
    handles: ['content', 'credentials'],
  },
  'aws/memorydb': { title: 'MemoryDB', kind: 'database', handles: ['content'] },
  'aws/mq': { title: 'Amazon MQ', kind: 'queue', handles: ['content'] },
  'aws/neptune': { title: 'Neptune', kind: 'database', handles: ['content'] },
  'aws/opensearch': { title: 'OpenSearch', kind: 'search', handles: ['content'] },
  'aws/rds': { title: 'RDS and Aurora', kind: 'database', handles: ['content', 'credentials'] },
  'aws/rds-proxy': { title: 'RDS Proxy', kind: 'database-proxy', handles: ['content', 'credentials'] },
  'aws/secrets-manager': { title: 'Secrets Manager', kind: 'secrets', handles: ['credentials'] },
  'aws/sns': { title: 'SNS', kind: 'queue', handles: ['content'] },
  'aws/sqs': { title: 'SQS', kind: 'queue', handles: ['content'] },
  'aws/ssm': { title: 'Parameters of Systems Manager', kind: 'secrets', handles: ['credentials'] },
  'aws/step-functions': { title: 'Step Functions', kind: 'workflows' },
  'aws/waf-regional': { title: 'WAF of a region', kind: 'waf', protects: ['waf'] },
  'cloudflare/d1': { title: 'D1', kind: 'database', per: 'global', handles: ['content'] },
  'cloudflare/durable-objects': { title: 'Durable Objects', kind: 'database', per: 'global' },
  'cloudflare/load-balancing': { title: 'Load balancing', kind: 'load-balancer', per: 'global' },
  'cloudflare/queues': { title: 'Queues', kind: 'queue', per: 'global' },
  'cloudflare/spectrum': { title: 'Spectrum', kind: 'proxy', per: 'global', protects: ['ddos'] },
  'cloudflare/tunnel': {
    title: 'Tunnel',
    kind: 'tunnel',
    per: 'global',
    handles: ['content', 'credentials'],
  },
  'gcp/app-engine': { title: 'App Engine', kind: 'platform' },
  'gcp/bigquery': { title: 'BigQuery', kind: 'warehouse', handles: ['content'] },
  'gcp/bigtable': { title: 'Bigtable', kind: 'database', handles: ['content'] },
  'gcp/cloud-armor': { title: 'Cloud Armor', kind: 'waf', per: 'global', protects: ['waf', 'ddos'] },
  'gcp/run': { title: 'Cloud Run', kind: 'platform' },
  'gcp/cloud-sql': { title: 'Cloud SQL', kind: 'database', handles: ['content', 'credentials'] },
  'gcp/filestore': { title: 'Filestore', kind: 'file-storage', handles: ['content'] },
  'gcp/firestore': { title: 'Firestore', kind: 'database', handles: ['content'] },
  'gcp/functions': { title: 'Cloud Functions', kind: 'functions' },
  'gcp/gke': { title: 'Kubernetes Engine', kind: 'containers' },
  'gcp/kms': { title: 'Cloud KMS', kind: 'keys', handles: ['credentials'] },
  'gcp/memorystore': { title: 'Memorystore', kind: 'cache', handles: ['content'] },
  'gcp/pubsub': { title: 'Pub/Sub', kind: 'queue', per: 'global', handles: ['content'] },
  'gcp/secret-manager': { title: 'Secret Manager', kind: 'secrets', per: 'global', handles: ['credentials'] },
  'gcp/spanner': { title: 'Spanner', kind: 'database', handles: ['content'] },
  'azure/aks': { title: 'Kubernetes Service', kind: 'containers' },
  'azure/app-service': { title: 'App Service', kind: 'platform' },
  'azure/container-apps': { title: 'Container Apps', kind: 'containers' },
  'azure/functions': { title: 'Functions', kind: 'functions' },
};
