import type { Entry, Problem, Read } from "./entries.ts";
import { nearest } from "./nearest.ts";
import { ENV_ALIASES, ENV_FILE, ENV_PREFIX, OWN_ENV, type SettingsTable } from "./table.ts";

/** What Kubernetes puts into every container when a service is called conversion-subnet. */
const isOfKubernetes = (name: string, value: string) =>
  /_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_\w+)?)$/.test(name) ||
  (name.endsWith("_PORT") && /^(tcp|udp|sctp):\/\//.test(value));

/** The values of `CONVERSION_SUBNET_*` and of Bittensor's own variables; an empty one says nothing. */
export function readEnv(env: NodeJS.ProcessEnv, { settings }: SettingsTable): Read {
  const entries: Entry[] = [];
  const problems: Problem[] = [];
  const keyOf = new Map([...settings.values()].map(({ key, env: name }) => [name, key]));
  const add = (key: string, place: string, text: string) =>
    void entries.push({ key, section: null, texts: [text], isList: false, place, from: "env" });
  for (const [name, value = ""] of Object.entries(env)) {
    if (
      !name.startsWith(ENV_PREFIX) ||
      name === ENV_FILE ||
      OWN_ENV.has(name) ||
      value === "" ||
      isOfKubernetes(name, value)
    )
      continue;
    const key = keyOf.get(name);
    if (key !== undefined) add(key, name, value);
    else {
      const meant = nearest(
        name.slice(ENV_PREFIX.length),
        [...keyOf.keys()].map((one) => one.slice(ENV_PREFIX.length)),
      );
      const hint = meant === null ? "`config show` lists every name." : `Did you mean ${ENV_PREFIX}${meant}?`;
      problems.push({ place: name, problem: "is no setting", hint });
    }
  }
  for (const [key, names] of Object.entries(ENV_ALIASES)) {
    const name = names.find((one) => (env[one] ?? "").trim() !== "");
    if (name !== undefined && settings.has(key)) add(key, name, (env[name] ?? "").trim());
  }
  return { entries, problems };
}
