"""A bundle for another place: the same network, with probabilities and limits fitted to the recordings there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from mvkt.bundle.bundle import Bundle
from mvkt.bundle.manifest import CARD_FILE, MODEL_FILE, BundleManifest
from mvkt.corpora.corpus import Corpus
from mvkt.embedded.shift_logits import shift_logits
from mvkt.errors import BundleError
from mvkt.evaluation.verdicts.calibration import Calibration, probabilities
from mvkt.evaluation.verdicts.recalibration import fit_to_frequencies, fit_to_labels
from mvkt.evaluation.verdicts.wanted_limits import WantedLimits
from mvkt.stored import Part
from mvkt.training.bundle_targets import ALIKE, bundle_labels, why_no_labels
from mvkt.training.export.bundle_folder import write_bundle
from mvkt.training.export.run_bundle import SHARES
from mvkt.training.predict_bundle import predict_bundle

_HEADING = "## Calibrated for another place"


class ClassChange(Part):
    """What became of a class.

    Attributes:
        code: Of the class.
        positives: Records with it; None without labels of it.
        share_before: Share of the records that it was calibrated on; None with labels.
        share_after: Estimated share here; None with labels.
        threshold_before: Probability from which it was found.
        threshold_after: The same, now.
    """

    code: str
    positives: int | None = None
    share_before: float | None = None
    share_after: float | None = None
    threshold_before: float
    threshold_after: float


class Recalibration(Part):
    """How a bundle was calibrated again; ``provenance["recalibration"]`` of its manifest.

    Attributes:
        by: ``labels``, or ``frequencies`` (prior shift).
        corpus: Name of the source of the recordings.
        checksum: SHA-256 of their signals.
        folds: That were used.
        records: How many.
        classes: What became of each class.
        meanings: Code of a label of the corpus to the class that it was taken for, where they differ.
        note: Why labels that the corpus has are not used; else empty.
    """

    by: str
    corpus: str
    checksum: str
    folds: tuple[int, ...]
    records: int
    classes: tuple[ClassChange, ...]
    meanings: Mapping[str, str] = {}
    note: str = ""

    @property
    def fitted(self) -> tuple[ClassChange, ...]:
        """By labels: the classes that the corpus has labels of; the others stay as they are."""
        return tuple(row for row in self.classes if row.positives is not None)

    @property
    def changed(self) -> tuple[ClassChange, ...]:
        """Without labels: the classes that seem to be more or less common than before."""
        return tuple(row for row in self.classes if row.share_before != row.share_after)


def recalibrate_bundle(
    bundle: Bundle,
    corpus: Corpus,
    out: Path,
    *,
    folds: Sequence[int] | None = None,
    without_labels: bool = False,
    meanings: Mapping[str, str] = ALIKE,
    update: Callable[[int, int], None] = lambda done, total: None,
) -> Recalibration:
    """Write a bundle with the network of another, calibrated to recordings of another place.

    Args:
        bundle: What is calibrated again; it stays as it is.
        corpus: The recordings, prepared with the signal settings of the bundle.
        out: Folder of the new bundle.
        folds: That are used; by default all but the test folds, and of the corpus that the bundle learned from the
            validation folds.
        without_labels: Use no labels, even if there are some.
        meanings: Code of a label of the corpus to the class of the bundle that it means, where they differ.
        update: Called with how many windows are done, of how many.

    Raises:
        BundleError: The corpus does not fit the bundle or has no label of ``meanings``, the bundle does not state how
            common its classes were, or ``out`` is taken.
        CorpusError: The folds do not exist, or hold no record that can be used.
        MissingExtraError: onnx is not installed.
    """
    manifest, used = bundle.manifest, tuple(folds or _folds(bundle.manifest, corpus))
    if out.resolve() == bundle.path.resolve():
        raise BundleError(f"{out} is the bundle itself; name another folder")
    note = "" if without_labels else _why_not_labels(manifest, corpus, meanings)
    labelled = not (without_labels or note or not corpus.manifest.tasks)
    before = Calibration(
        temperatures=manifest.temperatures, thresholds=manifest.thresholds, inconclusive=manifest.inconclusive
    )
    records = predict_bundle(bundle, corpus, used, update, labelled=labelled, meanings=meanings).by_record()
    changes: list[dict[str, Any]]
    if labelled:
        columns = manifest.columns(records.classes)
        fitted = fit_to_labels(before.only(columns), records, wanted_limits(manifest))
        after = before.with_classes(columns, fitted)
        means = probabilities(records.logits, fitted).mean(axis=0, dtype=np.float64)
        shares = dict(zip(records.classes, means.tolist(), strict=True))
        positives = dict(zip(records.classes, records.targets.sum(axis=0).tolist(), strict=True))
        changes = [{"positives": positives.get(code)} for code in manifest.classes]
    else:
        after, shifts = fit_to_frequencies(before, records, _shares(manifest))
        shares = {code: shift.after for code, shift in zip(manifest.classes, shifts, strict=True)}
        changes = [{"share_before": shift.before, "share_after": shift.after} for shift in shifts]
    made = Recalibration(
        by="labels" if labelled else "frequencies",
        corpus=corpus.manifest.source,
        checksum=corpus.manifest.signals_checksum,
        folds=used,
        records=len(records),
        meanings=dict(meanings) if labelled else {},
        note=note,
        classes=tuple(
            ClassChange(code=code, threshold_before=old, threshold_after=new, **change)
            for code, old, new, change in zip(
                manifest.classes, before.thresholds, after.thresholds, changes, strict=True
            )
        ),
    )
    _write(bundle, after, shares, made, out)
    return made


def _why_not_labels(manifest: BundleManifest, corpus: Corpus, meanings: Mapping[str, str]) -> str:
    """Return why the labels of a corpus are of no use to a bundle; nothing where they are, or where there are none."""
    tasks = corpus.manifest.tasks
    if not tasks:
        return ""
    found = bundle_labels(manifest, corpus, meanings)
    if not found.codes:
        return f"the labels of the corpus are not used: {why_no_labels(manifest, corpus)}"
    task = tasks[found.task]
    if any(code in task.titles for codes in found.codes.values() for code in codes):
        return ""
    return (
        f"the labels of the corpus are not used: they are of other classes ({', '.join(list(task.titles)[:12])}) "
        f"than the bundle's ({', '.join(manifest.classes)})"
    )


def _folds(manifest: BundleManifest, corpus: Corpus) -> Sequence[int]:
    split, learned_from = corpus.manifest.recommended_split, manifest.provenance.get("corpus")
    checksum = learned_from.get("checksum") if isinstance(learned_from, dict) else None
    if checksum == corpus.manifest.signals_checksum:
        return split.validation
    return [fold for fold in sorted(corpus.manifest.folds) if fold not in split.test]


def wanted_limits(manifest: BundleManifest) -> dict[str, WantedLimits]:
    """What the recipe of a bundle wants of its limits."""
    recipe: Any = manifest.provenance.get("recipe")
    limits = recipe.get("limits") if isinstance(recipe, dict) else None
    try:
        return {code: WantedLimits.model_validate(wanted) for code, wanted in (limits or {}).items()}
    except (AttributeError, ValidationError) as error:
        raise BundleError(f"the recipe of {manifest.name} has limits that cannot be read; export it again") from error


def _shares(manifest: BundleManifest) -> list[float]:
    """Share of the records that have each class, of those that the bundle was calibrated on."""
    shares: Any = manifest.provenance.get(SHARES)
    try:
        return [float(shares[code]) for code in manifest.classes]
    except (KeyError, TypeError, ValueError) as error:
        raise BundleError(
            f"{manifest.name} does not state how common its classes were where it was calibrated, so a change cannot "
            "be found without labels; export it again, or take recordings with labels of its task"
        ) from error


def _write(
    bundle: Bundle, calibration: Calibration, shares: Mapping[str, float], made: Recalibration, out: Path
) -> None:
    manifest = bundle.manifest
    shift = np.multiply(calibration.biases or (0.0,) * len(manifest.classes), calibration.temperatures)
    network = shift_logits((bundle.path / MODEL_FILE).read_bytes(), shift)
    described = made.model_dump(mode="json")
    complete = manifest.model_copy(
        update={
            "temperatures": calibration.temperatures,
            "thresholds": calibration.thresholds,
            "inconclusive": calibration.inconclusive,
            "provenance": {
                **manifest.provenance,
                SHARES: {**manifest.provenance.get(SHARES, {}), **shares},
                "recalibration": described,
            },
            "checksums": {},
        }
    )
    old = bundle.path / CARD_FILE
    text = old.read_text(encoding="utf-8") if old.is_file() else f"# {manifest.name}\n"
    write_bundle(complete, {MODEL_FILE: network}, text.split(f"\n{_HEADING}\n")[0] + _card(made), out, lambda _: None)


def _card(made: Recalibration) -> str:
    """Return the section of the card on the calibration."""
    how = (
        "temperature, bias and limits of each class were fitted to their labels; with few positives they lean on what "
        "they were before"
        if made.by == "labels"
        else "without their labels: how common each class is was estimated from the probabilities (Saerens 2002), and "
        "the probabilities were changed to that. It holds where the records of a class look the same here and there"
    )
    lines = [
        "",
        _HEADING,
        "",
        f"On {made.records:,} records of `{made.corpus}` (folds {', '.join(map(str, made.folds))}): {how}.",
        "**All other figures of this card are of the calibration before**, and were measured elsewhere.",
        "",
        *(_rows_with_labels(made) if made.by == "labels" else _rows_without(made)),
    ]
    return "\n".join(lines) + "\n"


def _rows_with_labels(made: Recalibration) -> Iterator[str]:
    yield "| class | records with it | threshold before | threshold |"
    yield "| --- | --- | --- | --- |"
    for row in made.fitted:
        yield f"| `{row.code}` | {row.positives} | {row.threshold_before:.3f} | {row.threshold_after:.3f} |"
    if made.meanings:
        yield ""
        yield f"Labels there with another code: {', '.join(f'`{a}` for `{b}`' for a, b in made.meanings.items())}."


def _rows_without(made: Recalibration) -> Iterator[str]:
    if not made.changed:
        yield "No class seems to be more or less common here: the bundle is as before."
        return
    yield "| class | share of the records before | share here, estimated |"
    yield "| --- | --- | --- |"
    for row in made.changed:
        yield f"| `{row.code}` | {row.share_before:.3f} | {row.share_after:.3f} |"
    yield ""
    yield "The other classes seem to be as common as before, and keep their probabilities and limits."
