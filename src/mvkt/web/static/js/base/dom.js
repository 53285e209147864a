// Elements without markup: nothing here ever becomes HTML by way of a string.

/** @typedef {Node | string | null | undefined | false} Child */

/**
 * Make an element.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, unknown>} [properties] `class`, `on` (listeners), `data`, `style` (CSS properties), names with a
 *   dash and `role`, `for`, `list` as attributes, all others as properties.
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function el(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  set(made, properties);
  made.append(.../** @type {(Node | string)[]} */ (children.filter((child) => child !== null && child !== undefined && child !== false)));
  return made;
}

const ATTRIBUTES = new Set(["role", "for", "list", "colspan", "scope"]);

/**
 * @param {HTMLElement} element
 * @param {Record<string, unknown>} properties
 */
export function set(element, properties) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (name === "class") element.className = String(value);
    else if (name === "on") {
      for (const [event, listener] of Object.entries(/** @type {Record<string, EventListener>} */ (value))) {
        element.addEventListener(event, listener);
      }
    } else if (name === "data") Object.assign(element.dataset, value);
    else if (name === "style") {
      for (const [rule, content] of Object.entries(/** @type {Record<string, string>} */ (value))) {
        element.style.setProperty(rule, content);
      }
    } else if (name.includes("-") || ATTRIBUTES.has(name)) element.setAttribute(name, String(value));
    else Object.assign(element, { [name]: value });
  }
}

/**
 * Put children in place of those that there are; what had the focus gets it again where it has the same `data-focus`.
 *
 * @param {Element} parent
 * @param {...Child} children
 */
export function replace(parent, ...children) {
  const active = document.activeElement;
  const name = active instanceof HTMLElement && parent.contains(active) ? active.dataset.focus : undefined;
  const range = active instanceof HTMLInputElement && name && active.type === "text" ? active.selectionStart : null;
  const kept = /** @type {(Node | string)[]} */ (children.filter((child) => child !== null && child !== undefined && child !== false));
  parent.replaceChildren(...kept);
  if (!name) return;
  const again = parent.querySelector(`[data-focus="${CSS.escape(name)}"]`);
  if (again instanceof HTMLElement) again.focus({ preventScroll: true });
  if (again instanceof HTMLInputElement && range !== null) again.setSelectionRange(range, range);
}

/**
 * Find an element of index.html.
 *
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`no element ${id}`);
  return found;
}

const SPACE = "http://www.w3.org/2000/svg";

/**
 * Draw an icon.
 *
 * @param {string} path Of a square of 24.
 * @returns {SVGSVGElement}
 */
export function icon(path) {
  const svg = document.createElementNS(SPACE, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(SPACE, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

export const ICONS = {
  add: "M12 5v14M5 12h14",
  close: "M6 6l12 12M18 6L6 18",
  heart: "M3 12h4l2-5 4 10 2.5-7 1.5 2h4",
  moon: "M20 14.5A8 8 0 0 1 9.5 4a8 8 0 1 0 10.5 10.5z",
  keyboard: "M3 7h18v10H3zM7 11h.01M11 11h.01M15 11h.01M8 14h8",
  download: "M12 4v11m-4-4 4 4 4-4M5 20h14",
  check: "M5 12.5l4.5 4.5L19 7.5",
  pencil: "M4 20l1-4L16 5l3 3L8 19z",
  left: "M15 5l-7 7 7 7",
  right: "M9 5l7 7-7 7",
  caliper: "M5 4v16M19 4v16M5 12h14",
  ruler: "M4 5h16M4 19h16M12 5v14",
  file: "M7 3h7l4 4v14H7zM14 3v4h4",
  warning: "M12 4l9 16H3zM12 10v5M12 17.5v.01",
};
