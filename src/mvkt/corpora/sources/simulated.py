"""Simulated recordings, as many as one wants: the embedded corpus of demos and tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import ClassVar

from mvkt.corpora.corpus_manifest import SkippedRecord
from mvkt.corpora.label_sets import Task
from mvkt.corpora.source import Entry, Source
from mvkt.ecg.record import Record
from mvkt.ecg.simulate import CONDITIONS, Simulation, simulate
from mvkt.ecg.statements.typical import SIMULATED
from mvkt.errors import CorpusError, RecordError

_CHUNK = 64


@dataclass(frozen=True)
class Simulated(Source):
    """Simulated twelve-lead recordings, one for each patient.

    Attributes:
        records: How many.
        seed: The same seed gives the same recordings; the first of many are the same as few.
        duration: Length of a recording in seconds.
        clear: Whether diseases show as in a textbook, instead of from hardly visible to severe.
    """

    records: int = field(default=2_000, metadata={"help": "Number of recordings."})
    seed: int = field(default=0, metadata={"help": "Seed; the same seed gives the same recordings."})
    duration: float = field(default=10.0, metadata={"help": "Length of a recording in seconds."})
    clear: bool = field(default=False, metadata={"help": "Diseases as clear as in a textbook."})

    name: ClassVar[str] = "simulated"
    licence: ClassVar[str] = "Apache-2.0"
    citation: ClassVar[str] = "the simulator of mvkt (mvkt.ecg.simulate)"
    chunk: ClassVar[int] = _CHUNK

    @property
    def warnings(self) -> tuple[str, ...]:
        """See :class:`Source`."""
        return ("simulated recordings: figures on them hold for no patient",)

    @property
    def tasks(self) -> Mapping[str, Task]:
        """What the simulator can show."""
        statements = {code: (code,) for code in CONDITIONS}
        title = "simulated conditions"
        task = Task(
            name="conditions",
            title=title,
            statements=statements,
            titles=dict(CONDITIONS),
            normal=("NORM",),
            typical=dict(SIMULATED),
        )
        return {task.name: task}

    def entries(self) -> tuple[list[Entry], list[SkippedRecord]]:
        """See :meth:`Source.entries`.

        Who has what does not depend on how it is recorded, so the labels come from the cheapest recording
        there is.
        """
        if self.records < 1 or self.seed < 0:
            raise CorpusError(
                f"cannot simulate {self.records} records from seed {self.seed}; expected 1 or more, 0 or more"
            )
        entries = []
        for chunk in range(-(-self.records // _CHUNK)):
            people = simulate(_CHUNK, seed=(self.seed, chunk), sampling_frequency=50, duration=5, noise=False)
            for row in range(min(_CHUNK, self.records - chunk * _CHUNK)):
                name = f"S{chunk * _CHUNK + row:07d}"
                labels = dict.fromkeys(sorted(people.conditions[row]), 100.0)
                age = round(float(people.age[row]), 1)
                entries.append(Entry(name, patient_id=name, age=age, sex=people.sex[row], labels=labels))
        return entries, []

    def read(self, entry: Entry) -> Record:
        """See :meth:`Source.read`. Makes a whole chunk for it: :meth:`read_many` is the way to many."""
        chunk, row = divmod(_number(entry), _CHUNK)
        return self._simulate(chunk).record(row)

    def read_many(self, entries: Sequence[Entry]) -> Iterator[Record | RecordError]:
        """See :meth:`Source.read_many`."""
        for chunk, members in groupby(entries, lambda entry: _number(entry) // _CHUNK):
            simulation = self._simulate(chunk)
            for entry in members:
                yield simulation.record(_number(entry) % _CHUNK)

    def _simulate(self, chunk: int) -> Simulation:
        return simulate(_CHUNK, seed=(self.seed, chunk), duration=self.duration, clear=self.clear)


def _number(entry: Entry) -> int:
    return int(entry.record_id.removeprefix("S"))
