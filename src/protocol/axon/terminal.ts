/** The fields of the objects `axon` and `dendrite`, in Python's order; values are JSON literals, for a nonce does not fit a number. */
const FIELDS = [
  "status_code",
  "status_message",
  "process_time",
  "ip",
  "port",
  "version",
  "nonce",
  "uuid",
  "hotkey",
  "signature",
] as const;

/** What is known of one side of a call: texts, numbers, and integers of any size. */
export type Terminal = Readonly<Partial<Record<(typeof FIELDS)[number], string | number | bigint>>>;

const literal = (value: string | number | bigint | undefined): string =>
  value === undefined ? "null" : typeof value === "string" ? JSON.stringify(value) : String(value);

/** One side as JSON: all ten fields, unknown ones null. */
export function terminalJson(terminal: Terminal): string {
  return `{${FIELDS.map((field) => `"${field}":${literal(terminal[field])}`).join(",")}}`;
}

/** One side as headers: known fields only. */
export function terminalHeaders(side: "axon" | "dendrite", terminal: Terminal): Record<string, string> {
  return Object.fromEntries(
    FIELDS.flatMap((field) => {
      const value = terminal[field];
      if (value === undefined) return [];
      const text = field === "process_time" ? pythonSeconds(Number(value)) : String(value);
      return [[`bt_header_${side}_${field}`, headerText(text)]];
    }),
  );
}

/** Header values are latin-1 without line ends for Python, and aiohttp takes some 8,000 of them. */
function headerText(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?").slice(0, 300);
}

/** A float in JSON as Python writes it: 12 is 12.0. */
export function pythonSeconds(seconds: number): string {
  return Number.isInteger(seconds) ? `${seconds}.0` : String(seconds);
}

/** The object that a synapse is in JSON: the fields of the base class in its order, then others. */
export function synapseJson(
  { name, timeout, dendrite, axon }: { name: string; timeout: string; dendrite: Terminal; axon: Terminal },
  fields: object,
): string {
  const base =
    `{"name":${JSON.stringify(name)},"timeout":${timeout},"total_size":0,"header_size":0,` +
    `"dendrite":${terminalJson(dendrite)},"axon":${terminalJson(axon)},"computed_body_hash":""`;
  const rest = JSON.stringify(fields).slice(1);
  return rest === "}" ? `${base}}` : `${base},${rest}`;
}

/** The base class's fields, which no body may set for us. */
export const BASE_FIELDS: readonly string[] = [
  "name",
  "timeout",
  "total_size",
  "header_size",
  "dendrite",
  "axon",
  "computed_body_hash",
  "required_hash_fields",
];

/** The class that a path names: its first segment. */
export function synapseName(target: string): string {
  return target.split(/[/?]/)[1] ?? "";
}
