/** Adapters of chat platforms: each says how its webhooks are signed, and turns a payload into events. */
import type { Adapter } from "./adapter.ts";
import { chatwoot } from "./chatwoot.ts";
import { intercom } from "./intercom.ts";
import { rasa } from "./rasa.ts";

export type { Adapter, AdapterOptions } from "./adapter.ts";
export { chatwoot, intercom, rasa };

/** The adapter of that name, if there is one. */
export function adapterNamed(name: string): Adapter | undefined {
  return [chatwoot, intercom, rasa].find((adapter) => adapter.name === name);
}
