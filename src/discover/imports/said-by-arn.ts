import type { Place } from './references.ts';

const SERVICES: Readonly<Record<string, string>> = {
  apigateway: 'aws/api-gateway',
  'cognito-idp': 'aws/cognito',
  dynamodb: 'aws/dynamodb',
  ecs: 'aws/ecs-eks-fargate',
  eks: 'aws/ecs-eks-fargate',
  elasticache: 'aws/elasticache',
  elasticfilesystem: 'aws/efs',
  es: 'aws/opensearch',
  kafka: 'aws/msk',
  kinesis: 'aws/kinesis',
  lambda: 'aws/lambda',
  mq: 'aws/mq',
  rds: 'aws/rds',
  redshift: 'aws/redshift',
  s3: 'aws/s3',
  sns: 'aws/sns',
  sqs: 'aws/sqs',
};

/** The capability that an Amazon Resource Name is of, and its region; undefined where it is none, or of none that is known here. */
export function saidByArn(text: string): { readonly capability: string; readonly place: Place } | undefined {
  const match = /^arn:aws[a-z-]{0,12}:([a-z0-9-]{1,40}):([a-z0-9-]{0,30}):\d{0,12}:/.exec(text);
  const service = match?.[1];
  if (service === undefined || !Object.hasOwn(SERVICES, service)) return undefined;
  const capability = SERVICES[service];
  return capability === undefined ? undefined : { capability, place: { region: match?.[2] || undefined } };
}
