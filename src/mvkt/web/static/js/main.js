// Puts the parts of the page together.

import { byId } from "./base/dom.js";
import { moment } from "./base/format.js";
import { loadGerman } from "./base/messages.js";
import { applyTheme, settings } from "./base/settings.js";
import { notify, store, subscribe } from "./base/store.js";
import { t } from "./base/texts.js";
import { shadeOpened } from "./findings/finding_item.js";
import { showFindings } from "./findings/panel.js";
import { listenToFrame, loadStudents, showFrame, showHelp } from "./frame.js";
import { listenToKeys } from "./keyboard.js";
import { Calipers } from "./paper/calipers.js";
import { Overview } from "./paper/overview.js";
import { PaperView } from "./paper/paper_view.js";
import { whenLost } from "./paper/tiles.js";
import { showToolbar } from "./paper/toolbar.js";
import { showList } from "./recordings/list.js";
import { forgetAll, readAgain } from "./recordings/uploads.js";
import { showReview } from "./review/panel.js";
import { comparedRecordings, drawStrips, showSeries } from "./series/series.js";
import { showTakeAway } from "./takeaway/panel.js";

const live = byId("live");
const paper = new PaperView(byId("paper"), { onChange: moved, onClick: clicked });
const overview = new Overview(byId("overview"), paper);
const calipers = new Calipers(paper, live);
const painted = paper.paint.bind(paper);
paper.paint = () => {
  painted();
  calipers.show();
};

function moved() {
  overview.move();
}

/**
 * @param {number} x
 * @param {number} y
 */
function clicked(x, y) {
  if (settings.calipers) calipers.click(x, y + paper.element.scrollTop);
}

/** @param {number} seconds */
function goTo(seconds) {
  const shown = paper.scene?.seconds ?? 0;
  paper.moveTo(seconds - Math.min(2, shown / 4));
  paper.element.focus({ preventScroll: true });
}

/** @param {1 | -1} step */
function toExtra(step) {
  const beat = paper.toExtra(step);
  if (beat !== undefined) live.textContent = t("extraAt", { when: moment(beat, paper.recording?.trace?.start_time ?? null, 1) });
}

/** Show what there is: nothing yet, one recording, or several over time. */
function showStage() {
  const { selected } = store;
  const any = store.uploads.length > 0;
  document.body.classList.toggle("empty", !any);
  document.body.classList.toggle("without-trace", any && !selected?.trace);
  byId("series-button").hidden = store.compared.size < 2 || store.series;
  byId("series-button").textContent = t("overTime");
  byId("trace-stage").hidden = store.series;
  if (paper.recording !== selected) {
    calipers.placed = false;
    paper.show(selected);
    shadeOpened();
  }
  overview.draw();
  showToolbar(byId("toolbar"), paper);
}

byId("series-button").addEventListener("click", () => {
  store.series = comparedRecordings().length > 1;
  notify("series", "uploads");
});

subscribe(["settings"], showFrame);
subscribe(["settings"], () => {
  const shown = () => notify("uploads", "diagnosis");
  if (settings.language === "de") loadGerman().then(shown, () => undefined); // without the table messages stay in English
});
subscribe(["uploads", "selected", "diagnosis", "settings", "series"], () => showList(byId("list")));
subscribe(["uploads", "selected", "trace", "settings", "series"], showStage);
subscribe(["selected", "diagnosis", "review", "settings"], () => showFindings(byId("findings"), goTo, toExtra));
subscribe(["selected", "diagnosis", "review", "settings", "trace"], () => {
  showReview(byId("review"));
  showTakeAway(byId("takeaway"), paper);
});
subscribe(["series", "diagnosis", "settings"], () => showSeries(byId("series")));
subscribe(["view", "trace", "diagnosis", "settings", "series"], () => {
  paper.draw();
  overview.draw();
  drawStrips();
});
subscribe(["hover"], () => {
  paper.hover = store.hover;
  paper.draw();
});
whenLost((recording) => {
  live.textContent = t("lost");
  readAgain(recording.upload);
});
listenToKeys(paper, toExtra, showHelp);
listenToFrame();
applyTheme();
addEventListener("pagehide", forgetAll);
notify("uploads", "selected", "settings");
loadStudents().catch(() => undefined); // without the list there is nothing to choose from, and all else works
