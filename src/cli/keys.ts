import { readFile } from "node:fs/promises";
import { text as textOf } from "node:stream/consumers";
import { cryptoRandom, systemClock, UserError } from "../core/index.ts";
import { ADAPTERS, type ApiKey, createKeyStore, INGEST_SCHEMA, type KeyStore, SCOPES } from "../sources/index.ts";
import { openStore } from "../store/index.ts";
import type { Flags } from "./flags.ts";
import { existingHistoryPathOf, historyPathOf } from "./history-file.ts";
import { print, printAside, printJson } from "./terminal.ts";

/** The keys of the history at a path, beside the validator if it runs. */
async function withKeys<T>(path: string, use: (keys: KeyStore, path: string) => T): Promise<T> {
  const store = await openStore(path, { schemas: [INGEST_SCHEMA], access: "share" });
  try {
    return use(createKeyStore({ store, clock: systemClock, random: cryptoRandom }), path);
  } finally {
    await store.close();
  }
}

async function signingSecretOf({ signingSecretFile: file }: Flags): Promise<string | null> {
  if (typeof file !== "string") return null;
  const text = file === "-" ? await textOf(process.stdin) : await readFile(file, "utf8");
  const secret = text.replace(/\r?\n$/, "");
  if (secret.length > 0 && secret.length <= 1_024 && !/\p{Cc}/u.test(secret)) return secret;
  throw new UserError("The signing secret must be one line of 1 to 1,024 characters.");
}

const shown = ({ id, name, source, scopes, adapter, createdAtMs, revokedAtMs }: ApiKey) => ({
  ...{ id, name, source, scopes, adapter },
  createdAt: new Date(createdAtMs).toISOString(),
  revokedAt: revokedAtMs === null ? null : new Date(revokedAtMs).toISOString(),
});

/** `conversion-subnet keys create` */
export async function runKeysCreate(flags: Flags): Promise<void> {
  const given = await signingSecretOf(flags);
  const wanted = Array.isArray(flags.scopes) ? flags.scopes : [];
  // A file that is not there is made, so that keys can come before the validator's first run.
  const { key, text, path } = await withKeys(historyPathOf(flags), (keys, where) => ({
    path: where,
    ...keys.create({
      name: String(flags.name),
      source: String(flags.source ?? flags.name),
      scopes: SCOPES.filter((scope) => wanted.includes(scope)),
      adapter: ADAPTERS.find((name) => name === flags.adapter) ?? null,
      signingSecret: given,
    }),
  }));
  // A secret that the operator brought is known to them; one of ours is shown this once.
  const signingSecret = given === null ? key.signingSecret : null;
  if (flags.json === true) return printJson({ ...shown(key), key: text, signingSecret });
  print(text);
  printAside(
    `Key ${key.id} for the conversations of "${key.source}", kept in ${path} as a hash: it is shown this once.`,
  );
  if (key.adapter === null) printAside(`To sign webhooks instead: X-Key-Id ${key.id}, secret ${signingSecret}`);
  else printAside(`Webhook: /v1/webhooks/${key.adapter}/${given === null ? text : key.id}`);
}

/** `conversion-subnet keys list` */
export async function runKeysList(flags: Flags): Promise<void> {
  const keys = await withKeys(existingHistoryPathOf(flags), (store) => store.list().map(shown));
  if (flags.json === true) return printJson({ keys });
  if (keys.length === 0) printAside("There are no API keys.");
  for (const { id, name, source, scopes, adapter, createdAt, revokedAt } of keys) {
    const state = revokedAt === null ? `since ${createdAt}` : `revoked ${revokedAt}`;
    print(`${id}  ${name}  ${source}  ${scopes.join(",")}  ${adapter ?? "-"}  ${state}`);
  }
}

/** `conversion-subnet keys revoke` */
export async function runKeysRevoke(id: string, flags: Flags): Promise<void> {
  await withKeys(existingHistoryPathOf(flags), (keys) => keys.revoke(id));
  if (flags.json === true) printJson({ id, revoked: true });
  else print(`Key ${id} opens nothing any more.`);
}
