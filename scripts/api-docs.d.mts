export function apiPages(): { readonly pages: ReadonlyMap<string, string>; readonly missing: readonly string[] };
