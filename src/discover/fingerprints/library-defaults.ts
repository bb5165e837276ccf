/**
 * Endpoints that libraries for chains carry in their own code: `library-defaults.csv`, with a line `host,path,libraries` for each, the path without a
 * final slash, or with `…` where the library puts something behind it when it runs. A site that is built with such a library carries them too, and calls few of them or none.
 */
export class LibraryDefaults {
  private readonly libraries = new Map<string, string>();

  constructor(table: string) {
    for (const line of table.split('\n').slice(1)) {
      const [host = '', path = '', libraries = ''] = line.split(',');
      if (host !== '') this.libraries.set(host + path, libraries);
    }
  }

  /**
   * The libraries that carry an endpoint, parted by blanks; undefined where none does.
   *
   * @param path as a crawl keeps it: `/`, or without what may be a key
   */
  at(host: string, path: string): string | undefined {
    return this.libraries.get(host + path.replace(/\/$/, '')) ?? this.completing(host, path);
  }

  /** Those that put something behind an endpoint themselves, a key that the site gives them. */
  completing(host: string, path: string): string | undefined {
    return this.libraries.get(`${host}${path}…`);
  }
}
