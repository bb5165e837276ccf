import type { JsonRecord } from '../json.ts';

/**
 * What the reader knows of a type of resource. Paths are names of attributes joined by dots; lists on the way are gone through. A path may
 * end in `:TYPE`, where an attribute holds not an id but the name of a resource of that type.
 */
export interface Rule {
  /**
   * `part`: it becomes a service. `path`: it leads on to others, and what it needs is needed by whoever needs it. `place`: it tells in
   * which zones something stands.
   */
  readonly as: 'part' | 'path' | 'place';
  /** The capability that it is. Where it depends on attributes, a function of them. */
  readonly on?: string | ((values: JsonRecord) => string | undefined);
  /** It is the same everywhere: its reference names no region. @default its region is named where it is known */
  readonly isGlobal?: true | ((values: JsonRecord) => boolean);
  /** Attributes that name further regions in which it has copies, of which one is enough. */
  readonly regions?: readonly string[];
  /** Attributes that name its one zone, or a resource that has it. */
  readonly zone?: Paths;
  /** Attributes that name zones of which one is enough. */
  readonly zones?: Paths;
  /** Whether it stands in one zone, wherever that is: where the file does not say it, a comment does. */
  readonly inOneZone?: (values: JsonRecord) => boolean;
  /** Machines of the zones, which a managed service stands on: `aws/ec2`. @default `on` itself goes by zones, or no zones are named */
  readonly machines?: string;
  /** Attributes that name what it needs, all of it. */
  readonly needs?: readonly string[];
  /** Attributes that name what it needs, one of it. */
  readonly oneOf?: readonly string[];
  /** Attributes that name hosts that it needs. What the file does not explain becomes a part of its own. */
  readonly hosts?: readonly string[];
  /** Attributes that name what it belongs to: they need it, or what it needs. */
  readonly for?: readonly string[];
  /** Of those that belong to it one is enough; or they are copies of it, and one of them or itself is. @default all are needed */
  readonly gathers?: 'one' | 'copies';
  /** It runs programs: whatever its configuration and its environment name, it needs. */
  readonly runs?: true;
  /** Attributes that others know it by, beside its id, ARN and link. */
  readonly ids?: readonly string[];
  /** Whether it becomes a part only when something names it: keys and secrets of which many only encrypt what lies still. */
  readonly onlyNamed?: (values: JsonRecord) => boolean;
  /** Attributes with the names of what its programs are told, beside whatever is found in their environment. */
  readonly told?: readonly string[];
  /** Whether users come in by it where nothing else leads there. */
  readonly isEntry?: (values: JsonRecord) => boolean;
  /** What a person must know. */
  readonly comment?: (values: JsonRecord) => string | undefined;
}

export type Paths = readonly string[] | ((values: JsonRecord) => readonly string[]);

export type Rules = Readonly<Record<string, Rule>>;
