// The frame of the page: title, language, theme, drop zone, dialogs.

import { ICONS, byId, el, icon, replace } from "./base/dom.js";
import { json, request } from "./base/api.js";
import { change, isDark, settings } from "./base/settings.js";
import { notify, store } from "./base/store.js";
import { t } from "./base/texts.js";
import { showKeys } from "./keyboard.js";
import { dropped } from "./recordings/grouping.js";
import { addFiles } from "./recordings/uploads.js";

const CARD_MM = 85.6;

/** Put the texts of the chosen language in place of those of index.html. */
export function showFrame() {
  document.title = `${t("title")} · mvkt`;
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = t(/** @type {HTMLElement} */ (element).dataset.text ?? "");
  for (const element of document.querySelectorAll("[data-label]")) {
    const label = t(/** @type {HTMLElement} */ (element).dataset.label ?? "");
    element.setAttribute("aria-label", label);
    if (element instanceof HTMLButtonElement) element.title = label;
  }
  byId("language").lang = settings.language === "de" ? "en" : "de";
  byId("theme").setAttribute("aria-pressed", String(isDark()));
  showKeys(byId("keys"));
}

/** Make the controls of the frame work. */
export function listenToFrame() {
  const input = /** @type {HTMLInputElement} */ (byId("files"));
  input.addEventListener("change", () => {
    addFiles([...(input.files ?? [])]);
    input.value = "";
  });
  for (const name of ["choose", "add"]) byId(name).addEventListener("click", () => input.click());
  byId("example").addEventListener("click", showExample);
  byId("language").addEventListener("click", () => change({ language: settings.language === "de" ? "en" : "de" }));
  byId("theme").addEventListener("click", () => change({ theme: isDark() ? "light" : "dark" }));
  byId("help").addEventListener("click", showHelp);
  byId("scale").addEventListener("click", showScale);
  byId("formats").addEventListener("click", showFormats);
  for (const close of document.querySelectorAll("dialog .close")) {
    close.addEventListener("click", () => close.closest("dialog")?.close());
  }
  for (const [name, picture] of Object.entries({ theme: ICONS.moon, help: ICONS.keyboard, scale: ICONS.ruler, add: ICONS.add })) byId(name).prepend(icon(picture));
  listenToDrops();
}

export function showHelp() {
  /** @type {HTMLDialogElement} */ (byId("help-dialog")).showModal();
}

function showScale() {
  const slider = /** @type {HTMLInputElement} */ (byId("scale-slider"));
  const card = byId("scale-card");
  const fit = () => {
    card.style.setProperty("width", `${CARD_MM * Number(slider.value)}px`);
    card.style.setProperty("height", `${53.98 * Number(slider.value)}px`);
  };
  slider.value = String(settings.pixelsPerMm);
  slider.oninput = () => {
    fit();
    change({ pixelsPerMm: Number(slider.value) });
  };
  fit();
  /** @type {HTMLDialogElement} */ (byId("scale-dialog")).showModal();
}

async function showFormats() {
  const dialog = /** @type {HTMLDialogElement} */ (byId("formats-dialog"));
  dialog.showModal();
  const { read } = await json("/api/formats");
  const row = (/** @type {any} */ format) => el("tr", {}, el("th", { scope: "row" }, format.name), el("td", {}, format.files), el("td", {}, format.devices));
  replace(byId("formats-list"), el("table", { lang: "en" }, el("tbody", {}, ...read.map(row))));
}

async function showExample() {
  const response = await request("/api/example");
  const name = response.headers.get("X-File-Name") ?? "example.csv";
  addFiles([new File([await response.blob()], name)]);
}

function listenToDrops() {
  let depth = 0;
  const over = (/** @type {boolean} */ on) => document.body.classList.toggle("dropping", on);
  addEventListener("dragenter", (event) => {
    event.preventDefault();
    depth += 1;
    over(true);
  });
  addEventListener("dragleave", () => {
    depth = Math.max(0, depth - 1);
    if (!depth) over(false);
  });
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", async (event) => {
    event.preventDefault();
    depth = 0;
    over(false);
    if (event.dataTransfer) addFiles(await dropped(event.dataTransfer));
  });
  addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length) addFiles(files);
  });
}

/** Load from the server which networks there are. */
export async function loadStudents() {
  store.students = (await json("/api/models")).students;
  notify("diagnosis");
}
