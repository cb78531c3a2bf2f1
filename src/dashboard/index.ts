/**
 * @module dashboard
 * Row 5: what operators see of running nodes: the admin server of a node, one address with health, metrics, JSON views, live events
 * and a page. It reads nodes and files and writes nothing to them; `views.ts` is what it says, document by document.
 *
 * @example
 * const view: HealthView = { status: "ok", uptimeSeconds: 12 };
 * view.status; // "ok"
 */
export type * from "./views.ts";
