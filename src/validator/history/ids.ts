import { constantsText, modeKey, type StoredMode } from "../../scoring/index.ts";
import { type Sql, type Store, StoreDamagedError } from "../../store/index.ts";

/** Numbers of hotkeys and modes; see {@link createIds}. */
export interface Ids {
  /** Numbers of these hotkeys, in their order; new ones get theirs, on the disk before it returns. */
  hotkeys(hotkeys: readonly string[]): Promise<number[]>;
  mode(mode: StoredMode): Promise<number>;
  /** @throws when there is none: a row points to it, so there is one. */
  hotkeyOf(id: number): string;
  /** The number of a mode that was used already; null = none. */
  knownMode(mode: StoredMode): number | null;
}

/** Beyond it what is remembered is read again. */
const MAX_REMEMBERED = 16_384;

/** Remembers only what is committed: a number that was taken back would point nowhere. */
export function createIds(store: Store): Ids {
  const byName = new Map<string, number>();
  const byId = new Map<number, string>();
  const modes = new Map<string, number>();
  const remember = (hotkey: string, id: number) => {
    if (byName.size >= MAX_REMEMBERED) {
      byName.clear();
      byId.clear();
    }
    byName.set(hotkey, id);
    byId.set(id, hotkey);
  };
  const idOf = (sql: Pick<Sql, "get">, hotkey: string): number | null => {
    const id = sql.get("SELECT id FROM history_hotkeys WHERE hotkey = ?", hotkey)?.id;
    return id === undefined ? null : Number(id);
  };
  const findMode = ({ name, version, constants }: StoredMode): number | null => {
    const find = "SELECT id FROM history_modes WHERE name = ? AND version = ? AND constants = ?";
    const id = store.sql.get(find, name, version, constantsText(constants))?.id;
    return id === undefined ? null : Number(id);
  };
  return {
    async hotkeys(hotkeys) {
      const unknown = hotkeys.filter((hotkey) => !byName.has(hotkey));
      if (unknown.length > 0) {
        const ids = await store.submit((sql) =>
          unknown.map((hotkey) => {
            sql.run("INSERT OR IGNORE INTO history_hotkeys (hotkey) VALUES (?)", hotkey);
            return idOf(sql, hotkey) ?? 0;
          }),
        );
        for (const [i, hotkey] of unknown.entries()) remember(hotkey, ids[i] ?? 0);
      }
      return hotkeys.map((hotkey) => byName.get(hotkey) ?? idOf(store.sql, hotkey) ?? 0);
    },
    async mode(mode) {
      const { name, version, constants } = mode;
      const key = modeKey(mode);
      let id = modes.get(key) ?? findMode(mode);
      if (id === null) {
        const insert = "INSERT OR IGNORE INTO history_modes (name, version, constants) VALUES (?, ?, ?)";
        await store.submit((sql) => sql.run(insert, name, version, constantsText(constants)));
        id = findMode(mode) ?? 0;
      }
      modes.set(key, id);
      return id;
    },
    hotkeyOf(id) {
      const known = byId.get(id);
      if (known !== undefined) return known;
      const hotkey = store.sql.get("SELECT hotkey FROM history_hotkeys WHERE id = ?", id)?.hotkey;
      if (typeof hotkey !== "string")
        throw new StoreDamagedError({ path: store.path, cause: new Error(`there is no hotkey ${id}`) });
      remember(hotkey, id);
      return hotkey;
    },
    knownMode: findMode,
  };
}
