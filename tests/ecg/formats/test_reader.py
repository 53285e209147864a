"""What a reader of a format offers."""

from __future__ import annotations

import numpy as np

from mvkt.ecg.formats.reader import single
from mvkt.ecg.formats.recording_file import RecordingFile
from mvkt.ecg.formats.user_facts import UserFacts
from mvkt.ecg.record import Record


def test_a_file_with_a_single_recording() -> None:
    seen = []

    def read(file: RecordingFile, given: UserFacts) -> Record:
        seen.append((file, given))
        return Record(np.zeros((10, 1), dtype=np.float32), ("I",), 100.0)

    file, given = RecordingFile.open(b"x", name="a.csv"), UserFacts()
    (recording,) = single(read)(file)
    assert (recording.name, seen) == ("a.csv", []), "nothing is read before it is needed"
    assert recording.read(given).leads == ("I",)
    assert seen == [(file, given)]
