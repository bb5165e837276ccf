import type { Place } from './references.ts';

interface Said {
  readonly capability: string;
  readonly place: Place;
}

/** Hosts that name who answers at them, as the providers document them. The first group is the region, where there is one. */
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/\.s3[.-](?:website[.-])?(?:dualstack\.)?([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com$/, 'aws/s3'],
  [/^s3[.-]([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com$/, 'aws/s3'],
  [/^dynamodb\.([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com$/, 'aws/dynamodb'],
  [/^sqs\.([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com$/, 'aws/sqs'],
  [/^sns\.([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com$/, 'aws/sns'],
  [/^lambda\.([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com$/, 'aws/lambda'],
  [/^kinesis\.([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com$/, 'aws/kinesis'],
  [/^cognito-idp\.([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com$/, 'aws/cognito'],
  [/\.execute-api\.([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com$/, 'aws/api-gateway'],
  [/\.lambda-url\.([a-z]{2}(?:-[a-z]+)+-\d)\.on\.aws$/, 'aws/lambda'],
  [/\.([a-z]{2}(?:-[a-z]+)+-\d)\.elb\.amazonaws\.com$/, 'aws/load-balancer'],
  [/\.elb\.([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com$/, 'aws/nlb'],
  [/\.([a-z]{2}(?:-[a-z]+)+-\d)\.rds\.amazonaws\.com$/, 'aws/rds'],
  [/\.cloudfront\.net$/, 'aws/cloudfront'],
  [/\.awsglobalaccelerator\.com$/, 'aws/global-accelerator'],
  [/^(?:.+\.)?storage\.googleapis\.com$/, 'gcp/storage'],
  [/\.run\.app$/, 'gcp/run'],
  [/\.cloudfunctions\.net$/, 'gcp/functions'],
  [/\.appspot\.com$/, 'gcp/app-engine'],
  [/\.pages\.dev$/, 'cloudflare/pages'],
  [/\.workers\.dev$/, 'cloudflare/workers'],
  [/\.r2\.(?:cloudflarestorage\.com|dev)$/, 'cloudflare/r2'],
  [/\.cfargotunnel\.com$/, 'cloudflare/tunnel'],
  [/\.herokuapp\.com$/, 'heroku/runtime'],
  [/\.herokudns\.com$/, 'heroku/runtime'],
  [/\.github\.io$/, 'github/pages'],
  [/\.azurefd\.net$/, 'azure/front-door'],
  [/\.azurewebsites\.net$/, 'azure/app-service'],
];

/** What a host's own name says of who answers there; undefined where it says nothing. */
export function saidByHost(host: string): Said | undefined {
  for (const [pattern, capability] of PATTERNS) {
    const match = pattern.exec(host);
    if (match !== null) return { capability, place: { region: match[1] } };
  }
  return undefined;
}
