"""Choose the limits of students in the box anew, without training.

    python -m benchmarks.fit.student_limits CORPUS NAME...

``CORPUS`` is the corpus that the students learned from, prepared as by ``make students``. Thresholds and bands are
chosen on the validation folds with the network in the box, in 8 bits, and by what the recipe wants of them;
temperatures and the network stay. Then the test folds are read, and what the card states of the limits is written anew:
thresholds and F1, what is left open, missed and falsely found. Write the digests afterwards:
``python -m benchmarks.fit.student_digests``.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.fit.student_digests import SOURCE
from numpy.typing import NDArray

from mvkt.bundle.bundle import Bundle
from mvkt.bundle.manifest import CARD_FILE, MANIFEST_FILE, BundleManifest
from mvkt.corpora.corpus import Corpus
from mvkt.evaluation.evaluate import evaluate
from mvkt.evaluation.false_positives import false_positives
from mvkt.evaluation.predictions import Predictions
from mvkt.evaluation.result import Evaluation
from mvkt.evaluation.verdicts.band_check import check_verdicts
from mvkt.evaluation.verdicts.calibration import Calibration, fit_verdicts
from mvkt.evaluation.verdicts.class_bands import Promise
from mvkt.numbers import number, percent, with_limits
from mvkt.training.export.card import card_verdicts
from mvkt.training.export.recalibrated import wanted_limits
from mvkt.training.export.run_bundle import SHARES, calibration_shares
from mvkt.training.predict_bundle import predict_bundle

OF_THE_NETWORK = "The figures above and below are of the network in float32. "
OF_THE_LIMITS = """\
The figures above and below are of the network in float32, but for those that follow from the limits (thresholds, F1,
what is left open, missed and falsely found): these are of the network in this bundle.
"""
SECTIONS = re.compile(
    r"\n## When it (?:does not judge|leaves a class open)\n.*?(?=\n## (?:By age|Preprocessing))", re.DOTALL
)
"""What a card states of the verdicts; with the heading of earlier versions."""

MOST_MISSED = r"be (?:the answer for|said to) up to\n  \d+ % of those who have a class: the table above [a-z ]+\."


def chosen(bundle: Bundle, corpus: Corpus) -> tuple[Calibration, Predictions]:
    """Choose the limits of a bundle on its validation folds; also return its predictions there."""
    manifest = bundle.manifest
    validation = predict_bundle(bundle, corpus, manifest.provenance["split"]["validation"], lambda done, total: None)
    old = Calibration(temperatures=manifest.temperatures, thresholds=manifest.thresholds)
    return fit_verdicts(old, validation, limits=wanted_limits(manifest)), validation


def renew(folder: Path, corpus: Corpus) -> None:
    """Choose the limits of a student anew; write its manifest and its card.

    Args:
        folder: Of the bundle.
        corpus: That it learned from.

    Raises:
        SystemExit: The corpus is another.
        ValueError: The card has no place for the figures.
    """
    bundle = Bundle.open(folder)
    manifest = bundle.manifest
    if manifest.provenance["corpus"]["checksum"] != corpus.manifest.signals_checksum:
        raise SystemExit(
            f"{manifest.name} learned from another corpus than {corpus.path}; prepare that of `make students`"
        )
    calibration, validation = chosen(bundle, corpus)
    test = predict_bundle(bundle, corpus, manifest.provenance["split"]["test"], lambda done, total: None)
    evaluation = evaluate(test, calibration, manifest.titles)
    abstention = check_verdicts(validation, test, calibration, manifest.titles)
    clean = false_positives(test, calibration, manifest.titles, _clean(manifest, corpus, test), manifest.normal)
    figures = dict(manifest.figures) | {
        "evaluation": _with_f1(manifest.figures["evaluation"], evaluation),
        "abstention": abstention.model_dump(mode="json") if abstention else None,
        "false_positives": clean.model_dump(mode="json") if clean else None,
    }
    renewed = manifest.model_copy(
        update={
            "thresholds": calibration.thresholds,
            "inconclusive": calibration.inconclusive,
            "figures": {name: figure for name, figure in figures.items() if figure is not None},
            "provenance": _with_shares(manifest, calibration.promise),
        }
    )
    verdicts = card_verdicts(renewed, calibration.promise, abstention, clean)
    card = (folder / CARD_FILE).read_text(encoding="utf-8")
    card = _card(card, evaluation, verdicts, max(calibration.promise.missed if calibration.promise else (0.0,)))
    renewed.save(folder / MANIFEST_FILE)
    (folder / CARD_FILE).write_text(card, encoding="utf-8")


def _with_shares(manifest: BundleManifest, promise: Promise | None) -> dict[str, Any]:
    shares = calibration_shares(manifest.classes, promise) if promise else {}
    return {**manifest.provenance, SHARES: shares}


def _clean(manifest: BundleManifest, corpus: Corpus, test: Predictions) -> NDArray[np.bool_]:
    """Which rows have no label of the task that is a finding, among its classes that are not learned as well."""
    everything, normal = corpus.targets(manifest.task), corpus.manifest.tasks[manifest.task].normal
    findings = np.array([code not in normal for code in everything.classes])
    clean = everything.labelled & ~everything.matrix[:, findings].any(axis=1)
    return np.isin(test.record_id, corpus.record_id[clean])


def _with_f1(figures: Any, evaluation: Evaluation) -> dict[str, Any]:
    """The figures of a manifest with the thresholds and the F1 of new ones."""
    new = evaluation.model_dump(mode="json")
    of_class = {row["code"]: {name: row[name] for name in ("f1", "threshold")} for row in new["classes"]}
    classes = [dict(row) | of_class[row["code"]] for row in figures["classes"]]
    return dict(figures) | {"macro_f1": new["macro_f1"], "classes": classes}


def _card(card: str, evaluation: Evaluation, verdicts: str, most_missed: float) -> str:
    """Write the new figures into a card."""
    card = _replaced(r"name: macro F1, value: [\d.]+", f"name: macro F1, value: {evaluation.macro_f1.value:.4f}", card)
    card = _replaced(r"\| macro F1 \| .* \|", f"| macro F1 | {with_limits(evaluation.macro_f1)} |", card)
    for row in evaluation.classes:
        f1 = with_limits(row.f1) if row.f1 else "absent"
        line = rf"(\| `{re.escape(row.code)}` \| [\d,]+ \| [^|]* \|) [^|]* \| [\d.]+ \|\n"
        card = _replaced(line, rf"\g<1> {f1} | {number(row.threshold)} |\n", card)
    if OF_THE_LIMITS not in card:
        card = _replaced(re.escape(OF_THE_NETWORK), OF_THE_LIMITS, card)
    promised = (
        f"be the answer for up to\n  {percent(most_missed)} of those who have a class: the table above has the classes."
    )
    card = _replaced(MOST_MISSED, promised, card)
    found = SECTIONS.search(card)
    if not found:
        raise ValueError("the card has no section on what is left open; export the bundle again")
    return card[: found.start()] + verdicts.rstrip("\n") + "\n" + card[found.end() :]


def _replaced(pattern: str, replacement: str, card: str) -> str:
    changed, places = re.subn(pattern, replacement, card)
    if places != 1:
        raise ValueError(f"{pattern!r} is {places} times in the card, expected once; export the bundle again")
    return changed


def main(corpus: Path, names: list[str]) -> None:
    """Choose the limits of some students anew."""
    recordings = Corpus.open(corpus)
    for name in names:
        renew(SOURCE / "students" / name, recordings)
        print(name, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
