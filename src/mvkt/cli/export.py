"""``mvkt export``: make the bundle of a finished run again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mvkt.cli.console import emit, json_option

if TYPE_CHECKING:
    from mvkt.evaluation.result import Role


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--model",
    "role",
    type=click.Choice(["student", "baseline", "teacher"]),
    default="student",
    show_default=True,
    help="Which model of the run.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="The bundle's folder.  [default: RUN/bundle, or RUN/bundle-MODEL]",
)
@click.option("--weights/--no-weights", default=True, help="With model.safetensors, to train on, or only to be run.")
@json_option
def export(run: Path, role: Role, out: Path | None, weights: bool, as_json: bool) -> None:
    """Make the bundle of RUN again, from its weights and results.

    What the exported network computes is compared with the trained one on recordings of the run; when they
    differ, nothing is written.

    \b
    Examples:
      mvkt export run
      mvkt export run --model teacher --out teacher-bundle
      mvkt export run --no-weights --out small-bundle
    """  # noqa: D301 - click keeps the lines after its own escape \b
    from mvkt.training.export import export_run

    place = out or run / ("bundle" if role == "student" else f"bundle-{role}")
    bundle = export_run(run, role, place, weights=weights)
    size = sum(file.stat().st_size for file in place.iterdir())
    summary = {"bundle": str(place), "name": bundle.manifest.name, "model": role, "bytes": size}
    emit(summary, as_json, lambda: f"{bundle.manifest.name}: {place} ({size / 1e6:.1f} MB)")
