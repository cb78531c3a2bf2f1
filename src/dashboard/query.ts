import { AdminRequestError } from "./errors.ts";

/** What was asked for beside the path; each is checked when it is taken. */
export interface Query {
  /** @throws {AdminRequestError} BAD_REQUEST, when it is there and no whole number within the limits. */
  whole(name: string, limits: { readonly least?: number; readonly most: number }): number | null;
  /** @throws {AdminRequestError} BAD_REQUEST, when it is there and longer. */
  text(name: string, limits: { readonly most: number }): string | null;
}

const refuse = (name: string, problem: string) =>
  new AdminRequestError({ code: "BAD_REQUEST", problem: `${name} ${problem}` });

/**
 * The door for a query.
 *
 * @example
 * queryOf(new URLSearchParams("limit=20")).whole("limit", { most: 100 }); // 20
 */
export function queryOf(search: URLSearchParams): Query {
  return {
    whole(name, { least = 0, most }) {
      const text = search.get(name);
      if (text === null || text === "") return null;
      const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
      if (!(value >= least && value <= most)) throw refuse(name, `must be a whole number from ${least} to ${most}`);
      return value;
    },
    text(name, { most }) {
      const text = search.get(name);
      if (text === null || text === "") return null;
      if (text.length > most) throw refuse(name, `must be at most ${most} characters`);
      return text;
    },
  };
}

/** A number that no list reaches: `before` where nothing is given. */
export const MAX_SEQUENCE = 1e15 - 1;
