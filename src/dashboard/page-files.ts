import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

/** A file of the page, whole in memory. */
export interface PageFile {
  readonly contentType: string;
  readonly etag: string;
  readonly bytes: Buffer;
}

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
  png: "image/png",
  ico: "image/x-icon",
  woff2: "font/woff2",
  webmanifest: "application/manifest+json",
};
const NAME = /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,99}\.(html|js|css|svg|png|ico|woff2|webmanifest)$/;
const MAX_FILES = 200;

/** Where the page is, beside this file. */
export const PAGE_FOLDER = fileURLToPath(new URL("./page/", import.meta.url));

/**
 * The page's files by the path they are served under. What is not among them when the server starts is never served: no path of a
 * request ever reaches the disk.
 *
 * @example
 * (await readPageFiles(PAGE_FOLDER)).get("/index.html")?.contentType; // "text/html; charset=utf-8"
 */
export async function readPageFiles(folder: string): Promise<ReadonlyMap<string, PageFile>> {
  const files = new Map<string, PageFile>();
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries.filter((one) => one.isFile() && NAME.test(one.name)).slice(0, MAX_FILES)) {
    // Tests and types stand beside the page's files in the source.
    if (/\.test\.|\.d\./.test(entry.name)) continue;
    const bytes = await readFile(`${folder}/${entry.name}`);
    const [, ending = ""] = NAME.exec(entry.name) ?? [];
    const etag = `"${createHash("sha256").update(bytes).digest("hex").slice(0, 20)}"`;
    files.set(`/${entry.name}`, { contentType: TYPES[ending] ?? "application/octet-stream", etag, bytes });
  }
  const index = files.get("/index.html");
  if (index !== undefined) files.set("/", index);
  return files;
}
