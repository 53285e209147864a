"""A corpus of a folder of simulated recordings and a table of labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from mvkt.corpora import Corpus, prepare
from mvkt.corpora.sources.folder import Folder
from mvkt.ecg.formats import write
from mvkt.ecg.simulate import simulate


def own_corpus(place: Path, records: int, columns: str, cells: Callable[[int, Sequence[str]], str]) -> Corpus:
    """Write the recordings and their table to ``place/own`` and prepare them to ``place/corpus``, in lead I.

    Args:
        place: A folder.
        records: How many.
        columns: Names of the columns after that of the recording, separated by commas.
        cells: Makes those of a row from its number and its conditions.
    """
    simulation, folder = simulate(records, seed=3), place / "own"
    rows = [f"record,{columns}"]
    for row, conditions in enumerate(simulation.conditions):
        write(simulation.record(row), folder / f"{row:02}.hea")
        rows.append(f"{row:02},{cells(row, conditions)}")
    (folder / "labels.csv").write_text("\n".join(rows) + "\n")
    return prepare(Folder(folder), place / "corpus", view="I", workers=1)
