import { open } from "node:fs/promises";
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLMap } from "yaml";
import { UserError } from "../../core/index.ts";
import type { Entry, Problem, Read } from "./entries.ts";
import { nearest } from "./nearest.ts";
import { secretIn } from "./secrets.ts";

/** Nobody writes that much by hand. */
export const MAX_BYTES = 65_536;

/** Names that are nobody's for which the one that was meant is looked for. */
const MAX_MEANT = 50;

/** What may stand in the file: by part, "" being what is for every command. */
export interface Known {
  readonly sections: ReadonlySet<string>;
  /** Names that are taken on top, and in each part. */
  keysOf(section: string | null): ReadonlySet<string>;
}

/** @throws {UserError} when the file is too large to have been written by hand. */
async function readSmall(path: string): Promise<string> {
  const file = await open(path, "r");
  try {
    const buffer = Buffer.alloc(MAX_BYTES + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length, null);
      length += bytesRead;
      if (length > MAX_BYTES) {
        throw new UserError(`${path} is larger than ${MAX_BYTES / 1_024} KiB, which no configuration is.`, {
          hint: "Check that --config names the right file.",
        });
      }
      if (bytesRead === 0) return new TextDecoder("utf-8", { fatal: true }).decode(buffer.subarray(0, length));
    }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new UserError(`${path} is not UTF-8 text.`, {
      cause: error,
      hint: "Check that --config names the right file.",
    });
  } finally {
    await file.close();
  }
}

/** The values of a YAML file, each with its line and column; whatever is not plain keys and values is a problem. */
export async function readYaml(path: string, known: Known): Promise<Read> {
  return parseYaml(await readSmall(path), { path, known });
}

/** What goes through a tree: where things stand, and what was found. */
interface Walk extends Known {
  readonly entries: Entry[];
  readonly places: Map<string, string>;
  readonly unknown: Set<string>;
  placeAt(offset: number): string;
  complain(offset: number, problem: string, hint?: string): void;
}

/** {@link readYaml} of a text. */
export function parseYaml(text: string, { path, known }: { path: string; known: Known }): Read {
  const entries: Entry[] = [];
  const problems: Problem[] = [];
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const placeAt = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${path}:${line}:${col}`;
  };
  const complain: Walk["complain"] = (offset, problem, hint) => {
    problems.push({ place: placeAt(offset), problem, hint });
  };
  const deep = document.errors.find(({ code }) => code === "RESOURCE_EXHAUSTION");
  if (deep !== undefined) complain(deep.pos[0], "is nested deeper than anything here");
  else
    for (const { code, pos, message } of document.errors)
      complain(pos[0], code === "DUPLICATE_KEY" ? "is there twice" : `is not YAML: ${message.split("\n")[0]}`);
  if (problems.length > 0 || document.contents === null) return { entries, problems };
  if (isMap<Node, Node | null>(document.contents)) {
    const walk: Walk = { ...known, entries, places: new Map(), unknown: new Set(), placeAt, complain };
    readMap(document.contents, null, "", walk);
  } else complain(0, "holds no settings: a line looks like `netuid: 1`");
  return { entries, problems };
}

const startOf = (node: Node | null, otherwise: number) => node?.range?.[0] ?? otherwise;

/** Whether a node is nothing but itself: anchors, aliases and tags can make a small file large, or a text something else. */
function isPlain(node: Node | null, offset: number, { complain }: Walk): boolean {
  if (node === null) return true;
  const isReference = isAlias(node) || ("anchor" in node && node.anchor !== undefined);
  if (!isReference && node.tag === undefined) return true;
  const what = isReference ? "is an anchor or an alias" : `has a tag (${node.tag})`;
  complain(startOf(node, offset), `${what}, which is not taken here`, "Write the value itself.");
  return false;
}

/** The text of a scalar as it was written: the flag's own parser judges it. */
function textOf(node: Node | null, offset: number, key: string, walk: Walk): string | null {
  const isEmpty = node === null || (isScalar(node) && node.value === null);
  if (isScalar(node) && !isEmpty && node.source !== undefined) return isPlain(node, offset, walk) ? node.source : null;
  walk.complain(startOf(node, offset), `${key} ${isEmpty ? "has no value" : "wants one value, or a list of them"}`);
  return null;
}
/** Those of a list, or of a single one; null = something is wrong with one. */
function textsOf(node: Node | null, offset: number, key: string, walk: Walk): readonly string[] | null {
  const texts = isSeq<Node>(node)
    ? node.items.map((item) => textOf(item, offset, key, walk))
    : [textOf(node, offset, key, walk)];
  const given = texts.filter((text) => text !== null);
  return given.length === texts.length ? given : null;
}
const nameOf = (node: Node | null) => (isScalar(node) ? String(node.source ?? node.value) : "");

/** One setting with its value. */
function readValue(key: string, section: string | null, value: Node | null, keyOffset: number, walk: Walk): void {
  // `landmarks.of: {shop: [2, 6]}` is `--landmarks.of shop=2,6`.
  const texts = isMap<Node, Node | null>(value)
    ? value.items.map((pair) => {
        const given = textsOf(pair.value, keyOffset, key, walk);
        return given === null ? null : `${nameOf(pair.key)}=${given.join(",")}`;
      })
    : textsOf(value, keyOffset, key, walk);
  const given = texts?.filter((text) => text !== null) ?? [];
  if (texts === null || given.length < texts.length) return;
  const offset = startOf(value, keyOffset);
  const secret = secretIn(key, given.join(" "));
  if (secret !== null) {
    walk.complain(offset, `${key} ${secret.problem}`, secret.hint);
    return;
  }
  const id = `${section ?? ""} ${key}`;
  const earlier = walk.places.get(id);
  if (earlier !== undefined) {
    walk.complain(offset, `${key} is there twice: also at ${earlier}`);
    return;
  }
  const place = walk.placeAt(offset);
  walk.places.set(id, place);
  walk.entries.push({ key, section, texts: given, isList: !isScalar(value), place, from: "file" });
}

function complainOfUnknown(key: string, section: string | null, offset: number, walk: Walk): void {
  const owners = [...walk.sections].filter((name) => name !== section && walk.keysOf(name).has(key));
  // Of a file that is something else altogether, thousands of names would be compared with each of ours.
  const meant =
    walk.unknown.size >= MAX_MEANT
      ? null
      : nearest(key, [...walk.keysOf(section), ...(section === null ? walk.sections : [])]);
  const under = [...walk.keysOf(section)].filter((name) => name.startsWith(`${key}.`)).slice(0, 3);
  walk.unknown.add(key);
  let hint = "`config show` lists every name.";
  if (owners.length > 0) hint = `It stands under ${owners.join(" or ")}.`;
  else if (under.length > 0) hint = `Names begin with it: ${under.join(", ")}.`;
  else if (meant !== null) hint = `Did you mean ${meant}?`;
  walk.complain(offset, `${key} is no setting${section === null ? "" : ` of ${section}`}`, hint);
}

/** Names and values, on top or in a part; `axon: {port: 1}` and `axon.port: 1` are the same. */
function readMap(map: YAMLMap<Node, Node | null>, section: string | null, prefix: string, walk: Walk): void {
  for (const { key: keyNode, value } of map.items) {
    const offset = startOf(keyNode, 0);
    if (!isPlain(keyNode, offset, walk) || !isPlain(value, offset, walk)) continue;
    const name = nameOf(keyNode);
    const key = prefix === "" ? name : `${prefix}.${name}`;
    const names = walk.keysOf(section);
    const secret = isMap(value) ? null : secretIn(key, "");
    if (section === null && prefix === "" && walk.sections.has(name)) {
      if (isMap<Node, Node | null>(value)) readMap(value, name, "", walk);
      else if (value !== null && !(isScalar(value) && value.value === null))
        walk.complain(offset, `${name} is a part of the file: its settings stand under it`);
    } else if (name === "") walk.complain(offset, "is no name of a setting");
    else if (secret !== null) walk.complain(offset, `${key} ${secret.problem}`, secret.hint);
    // `landmarks: {of: ...}` is no value of `landmarks`, though that is a setting too.
    else if (isMap<Node, Node | null>(value) && [...names].some((one) => one.startsWith(`${key}.`)))
      readMap(value, section, key, walk);
    else if (names.has(key)) readValue(key, section, value, offset, walk);
    else complainOfUnknown(key, section, offset, walk);
  }
}
