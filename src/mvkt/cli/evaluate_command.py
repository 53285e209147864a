"""``mvkt evaluate``: measure a bundle on labelled recordings."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mvkt.cli.console import emit, json_option, plain, plugin_option, progress
from mvkt.errors import BundleError, CorpusError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from rich.console import RenderableType

    from mvkt.bundle.bundle import Bundle
    from mvkt.corpora import Corpus
    from mvkt.ecg.signal import SignalSpec
    from mvkt.evaluation.predictions import Predictions
    from mvkt.evaluation.result import Evaluation

_WINDOWS_AT_ONCE = 256


@click.command()
@click.argument("bundle")
@click.option("--corpus", "corpus_path", type=click.Path(path_type=Path), required=True, help="A prepared corpus.")
@click.option("--fold", "folds", type=int, multiple=True, help="Instead of the corpus' test folds; repeatable.")
@plugin_option
@json_option
def evaluate(bundle: str, corpus_path: Path, folds: tuple[int, ...], as_json: bool) -> None:
    """Measure BUNDLE (a name, folder, or hf://owner/name) on the test folds of a corpus.

    Figures are by record, with 95 % intervals from 1,000 resamples of the patients. The corpus must have been
    prepared with the signal settings of the bundle.

    \b
    Examples:
      mvkt evaluate run/bundle --corpus corpus
      mvkt evaluate run/bundle --corpus corpus --fold 9 --fold 10 --json
    """  # noqa: D301 - click keeps the lines after its own escape \b
    from mvkt.bundle.bundle import Bundle
    from mvkt.bundle.packaged import find
    from mvkt.corpora import Corpus
    from mvkt.evaluation.evaluate import evaluate as measure
    from mvkt.evaluation.verdicts.calibration import Calibration

    opened = Bundle.open(find(bundle), threads=os.cpu_count() or 1)
    corpus = Corpus.open(corpus_path)
    used = folds or corpus.manifest.recommended_split.test
    with progress("judging") as update:
        predictions = predict(opened, corpus, used, update)
    manifest = opened.manifest
    calibration = Calibration(temperatures=manifest.temperatures, thresholds=manifest.thresholds)
    found = measure(predictions, calibration, {code: manifest.title(code) for code in manifest.classes})
    summary = {
        "bundle": manifest.name,
        "corpus": corpus.manifest.source,
        "folds": list(used),
        "evaluation": found,
    }
    title = f"{manifest.name} on {corpus.manifest.source}, fold {_listed(used)}"
    emit(summary, as_json, lambda: _view(found, title))


def predict(bundle: Bundle, corpus: Corpus, folds: Collection[int], update: Callable[[int, int], None]) -> Predictions:
    """Run a bundle over the labelled rows of some folds.

    Args:
        bundle: The student.
        corpus: The recordings.
        folds: Which of them.
        update: Hears how many windows are done, of how many.

    Raises:
        BundleError: The corpus was prepared in another way than the bundle needs, or lacks its task.
        CorpusError: The folds do not exist or hold nothing that can be judged.
    """
    import numpy as np

    from mvkt.ecg.signal import standardise
    from mvkt.evaluation.predictions import Predictions

    manifest = bundle.manifest
    _check_signal(manifest.signal, corpus.signal)
    targets, labelled = _targets(bundle, corpus)
    rows = _rows(corpus, folds)
    rows = rows[labelled[rows]]
    if not len(rows):
        raise CorpusError(f"fold {_listed(folds)} has no record with one of {', '.join(manifest.classes)}")
    logits = []
    for start in range(0, len(rows), _WINDOWS_AT_ONCE):
        chosen = rows[start : start + _WINDOWS_AT_ONCE]
        shift = manifest.person_shift(corpus.age[chosen], corpus.sex[chosen])
        logits.append(bundle.logits(standardise(corpus.select(chosen, manifest.view), manifest.signal)) + shift)
        update(start + len(chosen), len(rows))
    return Predictions(
        record_id=corpus.record_id[rows],
        patient_id=corpus.patient_id[rows],
        targets=targets[rows],
        logits=np.concatenate(logits),
        classes=manifest.classes,
    )


def _check_signal(bundle: SignalSpec, corpus: SignalSpec) -> None:
    """Compare what is stored in a corpus; it is standardised for the bundle when it is read."""
    differences = [
        f"{name}: {getattr(bundle, name)} in the bundle, {getattr(corpus, name)} in the corpus"
        for name in ("sampling_frequency", "band", "window_seconds", "hop_seconds")
        if getattr(bundle, name) != getattr(corpus, name)
    ]
    if differences:
        raise BundleError(
            f"the corpus was prepared in another way than the bundle needs ({'; '.join(differences)}); "
            "prepare it again with the signal settings of the bundle"
        )


def _targets(bundle: Bundle, corpus: Corpus) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return ``(rows, classes of the bundle)`` and which rows are labelled, as they were for the bundle's training.

    A class that the corpus does not have is nowhere positive. Where the recipe chose some classes of the task, records
    with only the others are negatives; else they are left out.
    """
    import numpy as np

    manifest, tasks = bundle.manifest, corpus.manifest.tasks
    if manifest.task not in tasks:
        raise BundleError(f"the bundle is for task {manifest.task!r}; the corpus has {', '.join(tasks)}")
    recipe = manifest.provenance.get("recipe", {})
    found = corpus.targets(manifest.task, recipe.get("min_samples", 0))
    matrix = np.zeros((len(found.matrix), len(manifest.classes)), dtype=np.bool_)
    for column, code in enumerate(manifest.classes):
        if code in found.classes:
            matrix[:, column] = found.matrix[:, found.classes.index(code)]
    return matrix, found.labelled if recipe.get("classes") else np.asarray(matrix.any(axis=1))


def _rows(corpus: Corpus, folds: Collection[int]) -> NDArray[np.int64]:
    unknown = set(folds) - set(corpus.manifest.folds)
    if unknown:
        raise CorpusError(f"there is no fold {_listed(unknown)}; the corpus has {_listed(corpus.manifest.folds)}")
    return corpus.rows(folds)


def _listed(folds: Collection[int]) -> str:
    return ", ".join(map(str, sorted(folds)))


def _view(found: Evaluation, title: str) -> RenderableType:
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    from mvkt.numbers import count, number, plural, with_limits

    macro = Table(title=plain(title), title_justify="left")
    macro.add_column("figure")
    macro.add_column("value (95 % interval)", justify="right")
    for name, figure in (
        ("macro AUC", with_limits(found.macro_auc)),
        ("macro average precision", with_limits(found.macro_average_precision)),
        ("macro F1", with_limits(found.macro_f1)),
        ("Fmax", with_limits(found.fmax)),
        ("Brier score", number(found.brier)),
        ("expected calibration error", number(found.expected_calibration_error)),
    ):
        macro.add_row(name, figure)
    classes = Table()
    for column in ("class", "positives", "AUC", "average precision", "F1", "threshold"):
        classes.add_column(column, justify="left" if column == "class" else "right")
    for one in found.classes:
        figures = (with_limits(value, absent="absent") for value in (one.auc, one.average_precision, one.f1))
        classes.add_row(Text(plain(one.code)), count(one.positives), *figures, number(one.threshold))
    who = (
        f"{plural(found.records, 'record')} of {plural(found.patients, 'patient')}, {count(found.resamples)} resamples"
    )
    return Group(macro, classes, who)
