import { constantsText, modeKey, type StoredMode } from "../scoring/index.ts";
import type { Query } from "./session.ts";

/** Numbers of one validator's hotkeys and modes, as far as this process knows them. */
export interface Ids {
  /** Numbers of these hotkeys, in their order; new ones get theirs in this transaction. */
  hotkeys(query: Query, hotkeys: readonly string[]): Promise<number[]>;
  mode(query: Query, mode: StoredMode): Promise<number>;
  /** The number of a mode that was used already; null = none. */
  knownMode(query: Query, mode: StoredMode): Promise<number | null>;
  /** A transaction was taken back, and with it perhaps some numbers. */
  forget(): void;
  /** Reads all for the two below. */
  load(query: Query): Promise<void>;
  hotkeyOf(id: number): string | undefined;
  modeOf(id: number): Readonly<Record<string, string | number>> | undefined;
}

/** Beyond it what is remembered is read again. */
const MAX_REMEMBERED = 16_384;
const NEW_HOTKEYS = `INSERT INTO history_hotkeys (validator, id, hotkey)
  SELECT $1, (SELECT coalesce(max(id), 0) FROM history_hotkeys WHERE validator = $1) + row_number() OVER (ORDER BY n), hotkey
  FROM unnest($2::text[]) WITH ORDINALITY AS new (hotkey, n)
  WHERE NOT EXISTS (SELECT 1 FROM history_hotkeys old WHERE old.validator = $1 AND old.hotkey = new.hotkey)`;
const FIND_HOTKEYS = "SELECT id, hotkey FROM history_hotkeys WHERE validator = $1 AND hotkey = ANY($2::text[])";
const NEW_MODE = `INSERT INTO history_modes (validator, id, name, version, constants)
  SELECT $1, (SELECT coalesce(max(id), 0) + 1 FROM history_modes WHERE validator = $1), $2, $3, $4 ON CONFLICT DO NOTHING`;
const FIND_MODE = "SELECT id FROM history_modes WHERE validator = $1 AND name = $2 AND version = $3 AND constants = $4";

export function createIds(validator: number): Ids {
  const byName = new Map<string, number>();
  const modeIds = new Map<string, number>();
  const byId = new Map<number, string>();
  const modes = new Map<number, Readonly<Record<string, string | number>>>();
  const values = ({ name, version, constants }: StoredMode) => [validator, name, version, constantsText(constants)];
  const findMode = async (query: Query, mode: StoredMode) => {
    const { rows } = await query(FIND_MODE, values(mode));
    return rows[0] === undefined ? null : Number(rows[0].id);
  };
  return {
    async hotkeys(query, hotkeys) {
      const unknown = () => [...new Set(hotkeys.filter((hotkey) => !byName.has(hotkey)))];
      const find = async (wanted: readonly string[]) => {
        const { rows } = await query(FIND_HOTKEYS, [validator, wanted]);
        for (const { id, hotkey } of rows) byName.set(String(hotkey), Number(id));
      };
      if (byName.size > MAX_REMEMBERED) byName.clear();
      if (unknown().length > 0) await find(unknown());
      const fresh = unknown();
      if (fresh.length > 0) {
        await query(NEW_HOTKEYS, [validator, fresh]);
        await find(fresh);
      }
      return hotkeys.map((hotkey) => byName.get(hotkey) ?? 0);
    },
    async mode(query, mode) {
      const key = modeKey(mode);
      let id = modeIds.get(key) ?? (await findMode(query, mode));
      if (id === null) {
        await query(NEW_MODE, values(mode));
        id = (await findMode(query, mode)) ?? 0;
      }
      modeIds.set(key, id);
      return id;
    },
    knownMode: findMode,
    forget() {
      byName.clear();
      modeIds.clear();
    },
    async load(query) {
      const { rows } = await query("SELECT id, hotkey FROM history_hotkeys WHERE validator = $1", [validator]);
      for (const { id, hotkey } of rows) byId.set(Number(id), String(hotkey));
      const all = "SELECT id, name, version, constants FROM history_modes WHERE validator = $1";
      for (const { id, name, version, constants } of (await query(all, [validator])).rows)
        modes.set(Number(id), { name: String(name), version: Number(version), constants: String(constants) });
    },
    hotkeyOf: (id) => byId.get(id),
    modeOf: (id) => modes.get(id),
  };
}
