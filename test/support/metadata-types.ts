/**
 * Types of a runtime from texts, as its metadata numbers them: `u16`, `C<u64>`, `Vec<T>`, `[T;N]`, `(A,B)`, `Option<T>`, and names of a
 * table, which say `new T`, `struct a:T, b:U` or `enum A=0, B=1(T), C=2{a:T}`.
 */
import type { V14Lookup } from "@polkadot-api/substrate-bindings";

type Entry = V14Lookup[number];
type Definition = Entry["def"];
type Field = Extract<Definition, { tag: "composite" }>["value"][number];

const PRIMITIVES = ["bool", "str", "u8", "u16", "u32", "u64", "u128", "i8", "i16", "i32", "i64", "i128"] as const;
type Primitive = (typeof PRIMITIVES)[number];
const isPrimitive = (text: string): text is Primitive => (PRIMITIVES as readonly string[]).includes(text);

/** Parts between commas that are in no bracket. */
export function parts(text: string): string[] {
  const found = [""];
  let depth = 0;
  for (const character of text) {
    if ("<([{".includes(character)) depth++;
    if (">)]}".includes(character)) depth--;
    if (character === "," && depth === 0) found.push("");
    else found[found.length - 1] += character;
  }
  return found.map((part) => part.trim()).filter((part) => part !== "");
}

/** What stands between the first character and the last. */
const inside = (text: string) => text.slice(1, -1);

/** Numbers types as they are asked for. */
export function createTypes(named: Readonly<Record<string, string>>) {
  const lookup: Entry[] = [];
  const ids = new Map<string, number>();

  const field = (name: string | undefined, type: string): Field => ({
    name,
    type: idOf(type),
    typeName: undefined,
    docs: [],
  });
  /** `a:T, b:U`, or types alone. */
  const fields = (text: string): Field[] =>
    parts(text).map((part) => {
      const [, name, type = part] = /^([a-z]\w*):(.+)$/.exec(part) ?? [];
      return field(name, type.trim());
    });

  function variant(text: string) {
    const [, name = "", index = "0", body = ""] = /^(\w+)=(\d+)(.*)$/.exec(text) ?? [];
    return { name, index: Number(index), fields: fields(inside(body)), docs: [`What ${name} means.`] };
  }

  function definition(text: string): Definition {
    if (isPrimitive(text)) return { tag: "primitive", value: { tag: text, value: undefined } };
    if (text.startsWith("(")) return { tag: "tuple", value: parts(inside(text)).map(idOf) };
    if (text.startsWith("[")) {
      const [type = "", length = ""] = inside(text).split(";");
      return { tag: "array", value: { len: Number(length), type: idOf(type) } };
    }
    const [, generic, argument = ""] = /^(C|Vec|Option)<(.*)>$/.exec(text) ?? [];
    if (generic === "C") return { tag: "compact", value: idOf(argument) };
    if (generic === "Vec") return { tag: "sequence", value: idOf(argument) };
    if (generic === "Option") return { tag: "variant", value: [variant("None=0"), variant(`Some=1(${argument})`)] };
    const [, kind, body = ""] = /^(new|struct|enum) ?(.*)$/s.exec(named[text] ?? text) ?? [];
    if (kind === "enum") return { tag: "variant", value: parts(body).map(variant) };
    if (kind !== undefined) return { tag: "composite", value: fields(body) };
    throw new Error(`no type ${text}`);
  }

  function idOf(text: string): number {
    const known = ids.get(text);
    if (known !== undefined) return known;
    const id = lookup.length;
    ids.set(text, id);
    const option = /^Option<(.*)>$/.exec(text)?.[1];
    const path = option !== undefined ? ["Option"] : text in named ? ["small", text] : [];
    const entry: Entry = { id, path, params: [], def: { tag: "tuple", value: [] }, docs: [] };
    lookup.push(entry);
    entry.def = definition(text);
    if (option !== undefined) entry.params = [{ name: "T", type: idOf(option) }];
    return id;
  }
  return { lookup, idOf };
}
