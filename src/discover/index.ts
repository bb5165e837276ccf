/** What can be seen of a platform from outside, or read from what describes it, becomes the draft of a plan. */
import type { Catalog } from '../catalog/index.ts';
import type { Crawl } from './crawl/crawl.ts';
import type { Fingerprints } from './fingerprints/library.ts';
import { Matcher } from './fingerprints/matcher.ts';
import { Answers } from './infer/answers.ts';
import { makeDraft, type DraftOptions } from './infer/draft.ts';
import { infer } from './infer/infer.ts';
import { Knowledge } from './infer/knowledge.ts';
import { readingOf } from './infer/reading.ts';
import type { Discovery } from './result.ts';

export type { Crawl, Trouble } from './crawl/crawl.ts';
export type { Fingerprints } from './fingerprints/library.ts';
export type { DraftOptions } from './infer/draft.ts';
export {
  PARTS,
  type Contradiction,
  type Dependence,
  type Discovery,
  type Part,
  type Remark,
  type Signal,
  type Strength,
} from './result.ts';
export {
  draftEdges,
  namesIn,
  type Draft,
  type DraftEdge,
  type DraftRequirement,
  type DraftService,
} from './draft.ts';
export { writePlan } from './write-plan.ts';
export { combineDrafts } from './combine.ts';
export { mergeDraft } from './merge.ts';
export { addEvidence, type EvidenceAdded } from './add-evidence.ts';
export { hasDrift, type DiscoveryDrift } from './drift.ts';
export {
  joinDrafts,
  readBackstage,
  readHar,
  readOpenTelemetry,
  readTerraform,
  type Imported,
  type ImportOptions,
  type MatchHost,
} from './imports/index.ts';
export { crawlPlatform, type CrawlOptions } from './crawl/platform.ts';
export { crawlMany, type ManyProgress } from './crawl/many.ts';
export { readList, MOST_LIST_BYTES, type ListedPlatform } from './crawl/list-file.ts';
export { crawlText, readCrawl, MOST_CRAWL_BYTES } from './crawl/saved.ts';
export { hostMatcher, knownProviders } from './host-matcher.ts';

/**
 * Turns what was answered into what the platform stands on, why that is believed, what speaks against it, and the draft of a plan. Pure: the
 * same crawl and the same knowledge give the same bytes.
 */
export function discover(
  crawl: Crawl,
  fingerprints: Fingerprints,
  catalog: Catalog,
  options: DraftOptions = {},
): Discovery {
  return discoverer(fingerprints, catalog)(crawl, options);
}

/** As `discover`, for many crawls: what is known of vendors is made ready once. */
export function discoverer(
  fingerprints: Fingerprints,
  catalog: Catalog,
): (crawl: Crawl, options?: DraftOptions) => Discovery {
  const knowledge = new Knowledge(new Matcher(fingerprints), catalog);
  return (crawl, options = {}) => {
    const answers = new Answers(crawl);
    const inferred = infer(answers, knowledge);
    return {
      schema: 'keelson.discovery/1',
      domains: crawl.domains,
      at: crawl.at,
      dependences: inferred.dependences,
      contradictions: inferred.contradictions,
      unknown: inferred.unknown,
      reading: readingOf(inferred, answers, knowledge),
      troubles: crawl.troubles,
      draft: makeDraft(inferred, answers, knowledge, options),
    };
  };
}
