"""The points of ``growth.py``: each is measured in a fresh process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import torch
from benchmarks.speed.memory import Anonymous
from benchmarks.speed.recordings import holter, one_lead, source
from benchmarks.speed.rows import seconds
from benchmarks.speed.transfers import Clock, Enough

import mvkt
from mvkt.corpora import Entry, SkippedRecord, prepare
from mvkt.corpora.corpus import Corpus
from mvkt.corpora.label_sets import Task
from mvkt.corpora.source import Source
from mvkt.ecg.long_recordings import condition_long
from mvkt.ecg.quality.quality import assess_recording
from mvkt.ecg.record import Record
from mvkt.ecg.signal import SignalSpec, window_starts
from mvkt.errors import RecordError
from mvkt.models import build_model
from mvkt.training import predict
from mvkt.training.recipe import find_recipe, load_recipe
from mvkt.training.run import train_run
from mvkt.transfer import Distiller, TransferSettings
from mvkt.transfer.losses.clt import CltSettings

CLASSES = (5, 20, 80, 320)
LEADS = (1, 2, 4, 8)
TINY = (
    *(
        f"{network}.{setting}"
        for network in ("teacher", "student")
        for setting in ("model.widths=[8, 8, 8, 8]", "training.epochs=2", "training.warmup_epochs=1")
    ),
    "teacher.training.batch_size=32",
    "student.training.batch_size=32",
    "transfer.clt.negatives_per_anchor=32",
)
"""Small networks: what is measured is what grows with records."""
BATCH = 8
"""Validation records at once. Batches and negatives are such that the smallest corpus fills them, so that what is
worked on at once is as large for every corpus."""


@dataclass(frozen=True)
class Repeated(Source):
    """The recordings of another source, several times over, each time under other names."""

    base: Source
    times: int
    name = "repeated"
    licence = "as of the recordings"
    citation = "as of the recordings"

    @property
    def tasks(self) -> Mapping[str, Task]:
        return self.base.tasks

    def entries(self) -> tuple[list[Entry], list[SkippedRecord]]:
        entries, skipped = self.base.entries()
        named = [
            replace(entry, record_id=f"{entry.record_id}-{copy}", patient_id=f"{entry.patient_id}-{copy}")
            for copy in range(self.times)
            for entry in entries
        ]
        return named, skipped

    def read(self, entry: Entry) -> Record:
        return self.base.read(replace(entry, record_id=entry.record_id.rpartition("-")[0]))

    def read_many(self, entries: Sequence[Entry]) -> Iterator[Record | RecordError]:
        return self.base.read_many([replace(entry, record_id=entry.record_id.rpartition("-")[0]) for entry in entries])


def of_corpus(times: float, folder: Path, ptb_xl: Path | None, records: int) -> dict[str, float]:
    """Seconds to prepare and of an epoch, MB of training and of its memory banks."""
    base, task = source(ptb_xl, records)
    repeated = Repeated(base, round(times))
    preparing = seconds(lambda: prepare(repeated, folder / "corpus", workers=1, skip_bad=True))
    prepared = Corpus.open(folder / "corpus")
    recipe = load_recipe(find_recipe("demo"), [f"task={task}", *TINY])
    clock = Clock()
    predict.RECORDS_AT_ONCE = BATCH
    with Anonymous() as memory, suppress(Enough):
        train_run(recipe, prepared, folder / "run", clock)
    spent = [ends[1] - ends[0] for role, ends in clock.epochs.items() if role in ("teacher", "student")]
    rows = int(sum(prepared.manifest.folds[fold] for fold in prepared.manifest.recommended_split.training))
    dimension = CltSettings.model_validate(recipe.transfer.of("clt")).projection_dim
    banks = 2 * 4 * rows * dimension / 2**20
    return {"records": rows, "prepare": preparing, "epoch": sum(spent), "memory": memory.megabytes, "banks": banks}


def of_classes(classes: float, folder: Path, ptb_xl: Path | None, records: int) -> dict[str, float]:
    """Milliseconds of a step of the student with MKD and CLT."""
    count, batch, generator = round(classes), 64, torch.Generator().manual_seed(0)
    targets = torch.rand(2_000, count, generator=generator) < min(0.2, 4 / count)
    torch.manual_seed(0)
    teacher = build_model("resnet1d", leads=12, classes=count, widths=(8, 8, 8, 8))
    student = build_model("resnet1d", leads=1, classes=count)
    distiller = Distiller(student, TransferSettings(mkd=0.5, clt=0.8), teacher=teacher, targets=targets)
    optimiser = torch.optim.AdamW(distiller.trainable_parameters())
    signal = torch.randn(batch, 12, 1_000, generator=generator)

    def step() -> None:
        rows = torch.randint(len(targets), (batch,), generator=generator)
        losses = distiller(signal[:, :1], targets[rows].float(), rows, signal, generator)
        optimiser.zero_grad()
        losses["total"].backward()
        optimiser.step()

    times = [seconds(step) for _ in range(10)]
    return {"step": 1_000 * median(times[3:])}


def of_hours(hours: float, folder: Path, ptb_xl: Path | None, records: int) -> dict[str, float]:
    """Seconds and MB from a file to the findings, by a student in the box."""
    path, diagnoser = holter(ptb_xl, hours, folder), mvkt.load("lead-I")
    diagnoser.diagnose(one_lead(None, 1)[0])  # imports what it needs
    with Anonymous() as memory:
        time = seconds(lambda: diagnoser.diagnose(mvkt.read(path)))
    return {"seconds": time, "memory": memory.megabytes}


def of_leads(leads: float, folder: Path, ptb_xl: Path | None, records: int) -> dict[str, float]:
    """Seconds to condition two hours and to look at the quality of the windows."""
    record, spec = mvkt.read(holter(ptb_xl, 2.0, folder, leads=round(leads))), SignalSpec()

    def work() -> None:
        microvolts = condition_long(record, spec, "+".join(record.leads))
        assess_recording(microvolts, window_starts(microvolts.shape[1], spec), spec)

    return {"seconds": seconds(work)}


POINTS: dict[str, Callable[[float, Path, Path | None, int], dict[str, float]]] = {
    "corpus": of_corpus,
    "classes": of_classes,
    "hours": of_hours,
    "leads": of_leads,
}
