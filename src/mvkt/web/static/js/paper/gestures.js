// Pan, zoom and pinch by mouse, finger and wheel.

/**
 * @typedef {object} Handlers
 * @property {(pixels: number) => void} pan  To the right.
 * @property {(factor: number, x: number) => void} zoom  About a place.
 * @property {(steps: number) => void} gain
 * @property {(x: number, y: number) => void} click
 */

const CLICK_PIXELS = 4;
const WHEEL_ZOOM = 0.0022;
const LINE_PIXELS = 32;

/**
 * @param {HTMLElement} element
 * @param {Handlers} handlers
 */
export function listen(element, handlers) {
  /** @type {Map<number, {x: number, y: number}>} */
  const fingers = new Map();
  let moved = 0;

  element.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || event.target instanceof Element && event.target.closest("[role=slider]")) return;
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    element.setPointerCapture(event.pointerId);
    moved = fingers.size > 1 ? CLICK_PIXELS : 0;
  });

  element.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const now = { x: event.clientX, y: event.clientY };
    const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const from = Math.hypot(before.x - other.x, before.y - other.y);
      const to = Math.hypot(now.x - other.x, now.y - other.y);
      const middle = (now.x + other.x) / 2 - element.getBoundingClientRect().left;
      handlers.pan((now.x - before.x) / 2);
      if (from > 10) handlers.zoom(to / from, middle);
    } else if (moved >= CLICK_PIXELS || Math.hypot(now.x - before.x, now.y - before.y) >= CLICK_PIXELS) {
      moved = CLICK_PIXELS;
      handlers.pan(now.x - before.x);
    } else return;
    fingers.set(event.pointerId, now);
  });

  const lift = (/** @type {PointerEvent} */ event) => {
    if (!fingers.delete(event.pointerId) || event.type !== "pointerup" || moved >= CLICK_PIXELS) return;
    const box = element.getBoundingClientRect();
    handlers.click(event.clientX - box.left, event.clientY - box.top);
  };
  element.addEventListener("pointerup", lift);
  element.addEventListener("pointercancel", lift);

  element.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? LINE_PIXELS : 1;
      const box = element.getBoundingClientRect();
      if (event.ctrlKey || event.metaKey) handlers.zoom(Math.exp(-event.deltaY * unit * WHEEL_ZOOM), event.clientX - box.left);
      else if (event.altKey) handlers.gain(-Math.sign(event.deltaY));
      else handlers.pan(-(Math.abs(event.deltaX) > Math.abs(event.deltaY) ? event.deltaX : event.deltaY) * unit);
    },
    { passive: false },
  );
}
