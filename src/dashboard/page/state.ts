/** What this browser's user has chosen on the page (orders, filters, what is folded open); the rest is the server's. */

const chosen = new Map<string, unknown>();
let changed = () => {};

/** Whom to tell that the page looks different now. */
export function onUiChange(listener: () => void): void {
  changed = listener;
}

/** What was chosen, or the default. The cast is safe as long as a name always holds one type. */
export function uiOf<T>(name: string, otherwise: T): T {
  return chosen.has(name) ? (chosen.get(name) as T) : otherwise;
}

export function setUi(name: string, value: unknown): void {
  chosen.set(name, value);
  changed();
}

/** Whether something that folds is open. */
export function isOpen(name: string, otherwise = false): boolean {
  return uiOf(`open/${name}`, otherwise);
}
