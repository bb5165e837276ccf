import { systemClock } from '../../clock.ts';
import { boundsOf } from './bounds.ts';
import type { Crawl } from './crawl.ts';
import type { ListedPlatform } from './list-file.ts';
import { Pace } from './http/pace.ts';
import { crawlPlatform, isResolver, type CrawlOptions } from './platform.ts';
import { Resolver } from './dns/resolver.ts';

export interface ManyOptions extends Omit<CrawlOptions, 'onProgress' | 'pace'> {
  /** Platforms at once, and questions of DNS on their way at once over all of them. From 1. */
  readonly concurrency: number;
  /** By name: those that were looked at before are passed over. @default none was */
  readonly isDone?: (name: string) => boolean;
  /** Keeps what was found of one platform; nothing of it is kept here. What it throws is of that platform alone. */
  readonly keep: (platform: ListedPlatform, crawl: Crawl) => Promise<void> | void;
  /** Called when the crawl of a platform, or keeping it, has failed. */
  readonly onFailure: (platform: ListedPlatform, error: unknown) => void;
  readonly onProgress?: (progress: ManyProgress) => void;
}

export interface ManyProgress {
  /** Looked at in this run, those that failed included. */
  readonly done: number;
  readonly failed: number;
  /** Looked at before. */
  readonly passedOver: number;
  readonly all: number;
}

/**
 * Looks at one platform after the other, so many at once. One that fails stops no other. Memory is that of those that are under way: what
 * is found goes to `keep`. Platforms share one resolver and one pace, so that a host which many of them use is asked no faster.
 * @throws KeelsonError `no-resolver`; the signal's reason, once those under way have ended
 */
export async function crawlMany(
  platforms: readonly ListedPlatform[],
  options: ManyOptions,
): Promise<ManyProgress> {
  const { concurrency, isDone = () => false, keep, onFailure, onProgress, signal } = options;
  const { clock = systemClock } = options;
  const bounds = { ...options.bounds, questionsAtOnce: concurrency };
  const resolver = isResolver(options.resolver) ? options.resolver : new Resolver(options.resolver, bounds);
  const pace = new Pace(clock, boundsOf(options.bounds).gapMs);
  let next = 0;
  const progress = { done: 0, failed: 0, passedOver: 0, all: platforms.length };
  const { onProgress: _, ...each } = { ...options, resolver, pace };
  const isGivenUp = (): boolean => signal?.aborted === true;
  const work = async (): Promise<void> => {
    while (!isGivenUp()) {
      const platform = platforms[next++];
      if (platform === undefined) return;
      if (isDone(platform.name)) progress.passedOver++;
      else {
        try {
          await keep(platform, await crawlPlatform(platform.domains, each));
        } catch (error) {
          if (isGivenUp()) return;
          progress.failed++;
          onFailure(platform, error);
        }
        progress.done++;
      }
      onProgress?.({ ...progress });
    }
  };
  try {
    await Promise.all(Array.from({ length: concurrency }, work));
    signal?.throwIfAborted();
    return progress;
  } finally {
    if (resolver instanceof Resolver && resolver !== options.resolver) resolver.close();
  }
}
