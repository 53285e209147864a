"""``mvkt evaluate``: measure a bundle on labelled recordings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mvkt.cli.console import corpus_option, emit, json_option, label_option, plain, plugin_option, progress

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import RenderableType

    from mvkt.evaluation.result import Evaluation


@click.command()
@click.argument("bundle")
@corpus_option("Prepared corpus with labels.")
@click.option(
    "--fold", "folds", type=int, multiple=True, help="Fold to use instead of the corpus' test folds; repeatable."
)
@label_option
@plugin_option
@json_option
def evaluate(
    bundle: str, corpus_place: str, folds: tuple[int, ...], meanings: Mapping[str, str], as_json: bool
) -> None:
    """Measure BUNDLE (a name, folder, or hf://owner/name) on the test folds of a corpus.

    Figures are by record, with 95 % intervals from 1,000 resamples of the patients. The corpus must have been
    prepared with the signal settings of the bundle. Of a table of your own labels those classes are measured that have
    the same code in the bundle; --label names others, and those of another published collection.

    \b
    Examples:
      mvkt evaluate run/bundle --corpus corpus
      mvkt evaluate run/bundle --corpus corpus --fold 9 --fold 10 --json
      mvkt evaluate lead-I --corpus code-15 --label AF=AFIB --label 1dAVb=1AVB
    """  # noqa: D301 - click keeps the lines after its own escape \b
    from mvkt.bundle.bundle import Bundle
    from mvkt.bundle.packaged import find
    from mvkt.corpora import Corpus
    from mvkt.evaluation.evaluate import evaluate as measure
    from mvkt.evaluation.verdicts.calibration import Calibration
    from mvkt.processes import processors
    from mvkt.training.predict_bundle import predict_bundle

    opened = Bundle.open(find(bundle), threads=processors())
    corpus = Corpus.open(corpus_place)
    used = folds or corpus.manifest.recommended_split.test
    with progress("evaluating") as update:
        predictions = predict_bundle(opened, corpus, used, update, meanings=meanings)
    manifest = opened.manifest
    columns = manifest.columns(predictions.classes)
    calibration = Calibration(temperatures=manifest.temperatures, thresholds=manifest.thresholds).only(columns)
    found = measure(predictions, calibration, {code: manifest.title(code) for code in manifest.classes})
    without_labels = [code for code in manifest.classes if code not in predictions.classes]
    summary = {
        "bundle": manifest.name,
        "corpus": corpus.manifest.source,
        "folds": list(used),
        "without_labels": without_labels,
        "evaluation": found,
    }
    title = f"{manifest.name} on {corpus.manifest.source}, fold {', '.join(map(str, sorted(used)))}"
    emit(summary, as_json, lambda: _view(found, title, without_labels))


def _view(found: Evaluation, title: str, without_labels: Sequence[str]) -> RenderableType:
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
    for of_class in found.classes:
        figures = (
            with_limits(value, absent="absent") for value in (of_class.auc, of_class.average_precision, of_class.f1)
        )
        classes.add_row(Text(plain(of_class.code)), count(of_class.positives), *figures, number(of_class.threshold))
    who = (
        f"{plural(found.records, 'record')} of {plural(found.patients, 'patient')}, {count(found.resamples)} resamples"
    )
    more = f"not measured, as the corpus has no labels of them: {', '.join(without_labels)}"
    return Group(macro, classes, who, *[Text(plain(more))] * bool(without_labels))
