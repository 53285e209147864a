"""``mvkt export``: make the bundle of a finished run again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mvkt.cli.console import corpus_option, emit, json_option, plugin_option
from mvkt.cli.known_names import NameChoice

if TYPE_CHECKING:
    from mvkt.bundle.bundle import Bundle
    from mvkt.evaluation.result import Role


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--model",
    "role",
    type=NameChoice(["student", "baseline", "teacher"]),
    help="Model of the run.  [default: student or baseline, whichever is better on the validation records]",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Folder of the bundle.  [default: RUN/bundle, or RUN/bundle-MODEL]",
)
@click.option(
    "--weights/--no-weights", default=True, help="Also write PyTorch weights (model.safetensors), for further training."
)
@click.option(
    "--precision",
    type=NameChoice(["float32", "int8"]),
    default="float32",
    show_default=True,
    help="Precision of the network. int8: a quarter of the size and faster; needs --corpus.",
)
@corpus_option("Prepared corpus RUN was trained on; needed for int8.", required=False)
@click.option(
    "--c",
    "c_file",
    type=click.Path(path_type=Path),
    help="File for the network as C99; a .h file is written beside it.",
)
@plugin_option
@json_option
def export(
    run: Path,
    role: Role | None,
    out: Path | None,
    weights: bool,
    precision: str,
    corpus_place: str | None,
    c_file: Path | None,
    as_json: bool,
) -> None:
    """Make the bundle of RUN again, from its weights and results.

    What the exported network computes is compared with the trained one on recordings of the run; when they
    differ, nothing is written. An int8 network is compared on all validation records of the corpus.

    \b
    Examples:
      mvkt export run
      mvkt export run --model teacher --out teacher-bundle
      mvkt export run --no-weights --out small-bundle
      mvkt export run --precision int8 --corpus corpus --c student.c
    """  # noqa: D301 - click keeps the lines after its own escape \b
    from mvkt.evaluation.result import RunResult

    deployed = RunResult.load(run / "result.json").deployed
    role = role or deployed
    place = out or run / ("bundle" if role == deployed else f"bundle-{role}")
    if precision == "int8":
        bundle = _int8(run, role, corpus_place, out or place.with_name(f"{place.name}-int8"), weights)
    else:
        from mvkt.training.export.run_bundle import export_run

        bundle = export_run(run, role, place, weights=weights)
    size = sum(file.stat().st_size for file in bundle.path.iterdir())
    summary = {"bundle": str(bundle.path), "name": bundle.manifest.name, "model": role, "bytes": size}
    lines = [f"{bundle.manifest.name}: {bundle.path} ({size / 1e6:.1f} MB)"]
    if c_file is not None:
        from mvkt.embedded.c_source import write_c

        header, code = write_c(bundle, c_file)
        summary["c"] = {"source": str(c_file), "header": str(header), **code.sizes}
        lines.append(
            f"{c_file}, {header}: {code.sizes['weights']:,} bytes of weights, {code.sizes['memory']:,} of memory"
        )
    emit(summary, as_json, lambda: "\n".join(lines))


def _int8(run: Path, role: Role, corpus_place: str | None, out: Path, weights: bool) -> Bundle:
    from mvkt.corpora import Corpus
    from mvkt.training.export.int8 import export_int8

    if corpus_place is None:
        raise click.UsageError(
            "--precision int8 is checked on the recordings of the run: give their corpus with --corpus"
        )
    return export_int8(run, role, Corpus.open(corpus_place), out, weights=weights)
