/** Where the page is: `#/validator`, `#/validator/ID`, `#/miner/ID`, `#/network/ID`, `#/question/…`. */
export interface Route {
  readonly path: readonly string[];
}

/** The parts of a hash; `[]` for none of ours. A part that is no proper escape is taken as it is. */
export function parseHash(hash: string): readonly string[] {
  if (!hash.startsWith("#/")) return [];
  return hash
    .slice(2)
    .split("/")
    .filter((part) => part !== "")
    .map((part) => {
      try {
        return decodeURIComponent(part);
      } catch {
        return part;
      }
    });
}

/** A link to a place: `href("miner", "a-1")` is `#/miner/a-1`. */
export function href(...path: readonly (string | number)[]): string {
  return `#/${path.map((part) => encodeURIComponent(part)).join("/")}`;
}
