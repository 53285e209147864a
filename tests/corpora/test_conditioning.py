"""From entries to conditioned windows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from mvkt.corpora.conditioning import Conditioned, Conditioner
from mvkt.corpora.corpus_manifest import SkippedRecord
from mvkt.corpora.source import Entry
from mvkt.corpora.sources.simulated import Simulated
from mvkt.ecg.record import Record
from mvkt.ecg.signal import SignalSpec, condition, cut
from mvkt.errors import RecordError


@dataclass(frozen=True)
class Spoiled(Simulated):
    """Simulated records of which the second is broken and the third is empty."""

    def read_many(self, entries: Sequence[Entry]) -> Iterator[Record | RecordError]:
        for number, record in enumerate(super().read_many(entries)):
            if number == 1:
                yield RecordError("damaged file: of no use")
            elif number == 2 and isinstance(record, Record):
                yield Record(np.full_like(record.signal, np.nan), record.leads, record.sampling_frequency)
            else:
                yield record


def test_an_answer_for_each_entry_in_order() -> None:
    source, spec = Spoiled(records=4), SignalSpec()
    entries, _ = source.entries()
    made = list(Conditioner(source, spec, "II").all(entries, workers=1))
    assert [type(each) for each in made] == [Conditioned, SkippedRecord, SkippedRecord, Conditioned]
    assert [each.reason for each in made if isinstance(each, SkippedRecord)] == ["damaged file", "no recorded samples"]
    first = source.read(entries[0])
    expected, _ = cut(condition(first, spec, "II"), spec)
    assert isinstance(made[0], Conditioned)
    np.testing.assert_array_equal(made[0].microvolts, expected)
    assert made[0].microvolts.dtype == np.int16
