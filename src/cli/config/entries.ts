/** One value as it stands somewhere, before anybody has looked at it. */
export interface Entry {
  /** "axon.port". */
  readonly key: string;
  /** Which part of the file it stands in; null = for every command. */
  readonly section: string | null;
  /** One text, or those of a list. */
  readonly texts: readonly string[];
  readonly isList: boolean;
  /** Where it stands: "conversion-subnet.yaml:3:9", or the name of a variable. */
  readonly place: string;
  readonly from: "env" | "file";
}
/** What is wrong with one place. */
export interface Problem {
  readonly place: string;
  readonly problem: string;
  /** What to write, or where. */
  readonly hint?: string | undefined;
}
/** What a place says, and what of it cannot be taken. */
export interface Read {
  readonly entries: readonly Entry[];
  readonly problems: readonly Problem[];
}
