/**
 * A page as a value: `h` describes elements, `patch` makes the document look like the description and touches only what differs, so
 * that focus, selection and scroll places live on. Every text goes through a text node: what strangers wrote cannot become markup.
 */

/** Something with a life of its own inside an element: a chart. */
export interface Widget<T> {
  update(data: T): void;
  destroy(): void;
}
type Handler = (event: Event) => void;
type Value = string | number | boolean | null | undefined;
/** Attributes, `on…` handlers, and the special ones below. */
export interface Props {
  readonly [name: string]: Value | Handler | Mount | Record<string, string>;
  /** Names an element among its siblings: it is moved, not made anew. */
  readonly key?: string | number;
  /** CSS custom properties, set by script: the page's policy lets no style attribute through. */
  readonly vars?: Record<string, string>;
  /** What takes care of the inside of this element. */
  readonly widget?: Mount;
}
export interface VNode {
  readonly tag: string;
  readonly props: Props;
  readonly children: readonly (VNode | string)[];
}
export type Child = VNode | string | number | null | undefined | false | readonly Child[];

/** How a widget begins, and the data it gets at each patch. */
export interface Mount {
  readonly create: (element: HTMLElement) => Widget<unknown>;
  readonly data: unknown;
}

/** A widget with its data; the cast is safe since `data` only ever goes to what `create` made, of the same type. */
export function widget<T>(create: (element: HTMLElement) => Widget<T>, data: T): Mount {
  return { create: create as (element: HTMLElement) => Widget<unknown>, data };
}

function flat(children: readonly Child[], out: (VNode | string)[] = []): (VNode | string)[] {
  for (const child of children) {
    if (child === null || child === undefined || child === false || child === "") continue;
    if (typeof child === "string") out.push(child);
    else if (typeof child === "number") out.push(String(child));
    else if ("tag" in child) out.push(child);
    else flat(child, out);
  }
  return out;
}

/**
 * Describes an element.
 *
 * @example
 * h("p", { class: "note" }, "Score ", h("b", null, 0.725));
 */
export function h(tag: string, props: Props | null, ...children: readonly Child[]): VNode {
  return { tag, props: props ?? {}, children: flat(children) };
}

const SVG = "http://www.w3.org/2000/svg";
const SVG_TAGS = new Set(["svg", "path", "circle", "line", "rect", "g", "polyline"]);
/** What an element was made from, and what came of it. */
interface Made {
  vnode: VNode | string;
  readonly node: Node;
  children: Made[];
  readonly handlers: Map<string, Handler>;
  live: Widget<unknown> | null;
}
const roots = new WeakMap<Element, Made[]>();

function setProp(made: Made, element: Element, name: string, value: Props[string], before?: Props[string]): void {
  if (name === "key" || name === "widget") return;
  if (typeof value === "function") {
    // One listener for each event: a new function costs no new listener.
    const event = name.slice(2);
    if (!made.handlers.has(event)) element.addEventListener(event, (e) => made.handlers.get(event)?.(e));
    made.handlers.set(event, value);
  } else if (name === "vars") {
    const style = (element as HTMLElement).style;
    const old = (before ?? {}) as Record<string, string>;
    for (const [key, text] of Object.entries((value ?? {}) as Record<string, string>)) {
      if (old[key] !== text) style.setProperty(key, text);
    }
  } else if (name === "value" && (element instanceof HTMLInputElement || element instanceof HTMLSelectElement)) {
    if (element.value !== value) element.value = String(value ?? "");
  } else if (value === null || value === undefined || value === false) element.removeAttribute(name);
  else element.setAttribute(name, value === true ? "" : String(value));
}

function create(vnode: VNode | string): Made {
  const handlers = new Map<string, Handler>();
  if (typeof vnode === "string") {
    return { vnode, node: document.createTextNode(vnode), children: [], handlers, live: null };
  }
  const { tag, props } = vnode;
  const element = SVG_TAGS.has(tag) ? document.createElementNS(SVG, tag) : document.createElement(tag);
  const made: Made = { vnode, node: element, children: [], handlers, live: null };
  for (const [name, value] of Object.entries(props)) if (value !== undefined) setProp(made, element, name, value);
  if (props.widget !== undefined) {
    made.live = props.widget.create(element as HTMLElement);
    made.live.update(props.widget.data);
  } else {
    made.children = vnode.children.map(create);
    for (const child of made.children) element.append(child.node);
    if (tag === "select") setProp(made, element, "value", props.value);
  }
  return made;
}

function destroy(made: Made): void {
  made.live?.destroy();
  for (const child of made.children) destroy(child);
}

const keyOf = (vnode: VNode | string) => (typeof vnode === "string" ? undefined : vnode.props.key);
const alike = (a: VNode | string, b: VNode | string) =>
  typeof a === "string" ? typeof b === "string" : typeof b !== "string" && a.tag === b.tag && keyOf(a) === keyOf(b);

function update(made: Made, next: VNode | string): void {
  const before = made.vnode;
  if (before === next) return;
  made.vnode = next;
  if (typeof next === "string" || typeof before === "string") {
    made.node.nodeValue = String(next);
    return;
  }
  const element = made.node as Element;
  for (const name of Object.keys(before.props)) {
    if (next.props[name] !== undefined) continue;
    if (typeof before.props[name] === "function") made.handlers.delete(name.slice(2));
    else setProp(made, element, name, null);
  }
  for (const [name, value] of Object.entries(next.props)) {
    if (value !== undefined && value !== before.props[name]) setProp(made, element, name, value, before.props[name]);
  }
  if (made.live !== null) made.live.update(next.props.widget?.data);
  else made.children = reconcile(element, made.children, next.children);
  // The user may have changed it meanwhile, and a select chooses among children that must be there first.
  if ("value" in next.props) setProp(made, element, "value", next.props.value);
}

/** Keyed children keep their elements wherever they go; the others are matched by place. */
function reconcile(parent: Element, before: readonly Made[], next: readonly (VNode | string)[]): Made[] {
  const keyed = new Map<string | number, Made>();
  const free: Made[] = [];
  for (const made of before) {
    const key = keyOf(made.vnode);
    if (key === undefined) free.push(made);
    else keyed.set(key, made);
  }
  const kept = new Set<Made>();
  let at = 0;
  const result = next.map((vnode) => {
    const key = keyOf(vnode);
    const candidate = key === undefined ? free[at++] : keyed.get(key);
    if (candidate === undefined || kept.has(candidate) || !alike(candidate.vnode, vnode)) return create(vnode);
    update(candidate, vnode);
    kept.add(candidate);
    return candidate;
  });
  for (const made of before) {
    if (kept.has(made)) continue;
    destroy(made);
    parent.removeChild(made.node);
  }
  place(parent, result, before);
  return result;
}

/** Of a list of places, those of a longest run that rises: what may stay where it is. -1 stands for what is new. */
export function rising(places: readonly number[]): ReadonlySet<number> {
  const ends: number[] = [];
  const links: number[] = [];
  for (const [i, place] of places.entries()) {
    if (place < 0) continue;
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((places[ends[middle] ?? 0] ?? 0) < place) low = middle + 1;
      else high = middle;
    }
    links[i] = low > 0 ? (ends[low - 1] ?? -1) : -1;
    ends[low] = i;
  }
  const stay = new Set<number>();
  for (let i = ends[ends.length - 1] ?? -1; i >= 0; i = links[i] ?? -1) stay.add(i);
  return stay;
}

/** Puts the nodes in order, and moves no more of them than it must. */
function place(parent: Element, made: readonly Made[], before: readonly Made[]): void {
  const places = new Map(before.map((one, i) => [one, i]));
  const stay = rising(made.map((one) => places.get(one) ?? -1));
  let after: Node | null = null;
  for (let i = made.length - 1; i >= 0; i--) {
    const node = made[i]?.node;
    if (node === undefined) continue;
    if (!stay.has(i)) parent.insertBefore(node, after);
    after = node;
  }
}

/**
 * Makes the inside of an element look like `children`.
 *
 * @example
 * patch(document.body, [h("h1", null, "Hello")]);
 */
export function patch(parent: Element, children: readonly Child[]): void {
  const next = flat(children);
  const before = roots.get(parent);
  if (before === undefined) parent.replaceChildren();
  const focused = document.activeElement;
  roots.set(parent, reconcile(parent, before ?? [], next));
  // A node that is moved loses the focus on its way.
  if (focused instanceof HTMLElement && focused !== document.activeElement && parent.contains(focused)) {
    focused.focus({ preventScroll: true });
  }
}
