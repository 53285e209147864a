"""The process that reads and judges files, one task after the other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from mvkt.diagnosis.answer import DiagnosedRecording
from mvkt.diagnosis.csv_table import as_csv
from mvkt.diagnosis.fhir.waveform import Stretch
from mvkt.diagnosis.occlusion import STEP_SECONDS, support
from mvkt.ecg.example import example
from mvkt.ecg.signal import standardise
from mvkt.errors import MvktError
from mvkt.processes import Message, receive, send
from mvkt.web.reading_options import ReadingOptions
from mvkt.web.report.document_request import DocumentRequest
from mvkt.web.workers.process_limits import isolate, limit_memory, resident_bytes, step_back
from mvkt.web.workers.upload_reader import UploadReader
from mvkt.web.workers.uploaded_files import UploadedFile, use_memory_for_temporary_files

DONE, FAILED = "done", "failed"
"""The last message of a task, in good and in bad."""

_MOST_HELD = 512 * 1024 * 1024
"""A worker that holds more after a task is replaced, so that the system gets the memory back."""


@dataclass(frozen=True)
class WorkerSettings:
    """What a worker is started with.

    Attributes:
        bundles: Name -> folder of the students that may be named.
        memory_bytes: For one task, on top of what the worker needs for itself.
        signal_bytes: How much the recordings of one upload may unpack to.
    """

    bundles: dict[str, Path]
    memory_bytes: int
    signal_bytes: int


def work(connection: Connection, settings: WorkerSettings) -> None:
    """Answer tasks until the server closes the connection; the target of a worker process."""
    isolate()
    use_memory_for_temporary_files()
    reader = UploadReader(settings.bundles, settings.signal_bytes)
    with suppress(MvktError):  # an installation without students
        _warm_up(reader)
    limit_memory(settings.memory_bytes)
    step_back()  # not before: the server waits until its workers are ready
    send(connection, Message("ready"))
    while True:
        try:
            task = receive(connection)
        except (EOFError, OSError):
            return
        if _perform(connection, reader, task):
            return


def _perform(connection: Connection, reader: UploadReader, task: Message) -> bool:
    """Answer a task; return whether this process holds so much memory that it leaves."""
    last, answers = None, _answers(reader, task)
    while last is None:
        try:
            message = next(answers, Message(DONE))
        except MemoryError:
            message = Message(FAILED, {"reason": "memory", "leaves": True})
        except MvktError as error:
            message = Message(FAILED, {"reason": "refused", "detail": str(error)})
        except Exception as error:  # noqa: BLE001 - what a file brings about is the end of its task, not of others
            message = Message(FAILED, {"reason": "broken", "detail": type(error).__name__})
        if message.kind in (DONE, FAILED):
            last = message
        else:
            send(connection, message)
    leaves = bool(last.about.get("leaves")) or (resident_bytes() or 0) > _MOST_HELD
    send(connection, Message(last.kind, {**last.about, "leaves": leaves}))
    return leaves


def _answers(reader: UploadReader, task: Message) -> Iterator[Message]:
    if task.kind == "read":
        names = task.about["files"]
        files = [UploadedFile(name, bytes(content)) for name, content in zip(names, task.buffers, strict=True)]
        options = ReadingOptions.model_validate(task.about["options"])
        yield from reader.messages(files, options, trace=task.about["trace"])
    elif task.kind == "support":
        yield Message("support", {}, (json.dumps(_support(reader, task)).encode(),))
    elif task.kind == "document":
        yield Message("document", {}, (_document(task),))
    elif task.kind == "csv":
        recordings = [DiagnosedRecording.model_validate_json(bytes(buffer)) for buffer in task.buffers]
        yield Message("csv", {}, (as_csv(recordings).encode(),))
    else:
        raise ValueError(task.kind)


def _support(reader: UploadReader, task: Message) -> dict[str, Any]:
    """What findings rest on in one window; see :func:`mvkt.diagnosis.occlusion.support`."""
    diagnoser = reader.diagnoser(task.about["student"])
    microvolts = np.frombuffer(bytes(task.buffers[0]), dtype="<i2").reshape(task.about["shape"])
    manifest, window = diagnoser.bundle.manifest, microvolts[np.newaxis].astype(np.int16)
    signal = standardise(window, manifest.signal)[0]
    found = support(diagnoser.bundle, signal, tuple(task.about["codes"]), manifest.rhythm_shift(window)[0])
    return {
        "step_seconds": STEP_SECONDS,
        "findings": {
            code: {
                "probability": round(entry.probability, 4),
                "without": round(entry.without, 4),
                "blanked_seconds": round(entry.blanked_seconds, 3),
                "strengths": np.round(entry.strengths, 3).tolist(),
            }
            for code, entry in found.items()
        },
    }


def _document(task: Message) -> bytes:
    from mvkt.web.report.document_content import document  # with reportlab, which nothing else needs

    about, leads = task.about, tuple(task.about["leads"])
    values = np.frombuffer(bytes(task.buffers[1]), dtype="<f4").reshape(len(leads), -1)
    stretch = Stretch(values, leads, about["sampling_frequency"], about["start"])
    wanted = DocumentRequest.model_validate_json(json.dumps(about["wanted"]))
    return document(DiagnosedRecording.model_validate_json(bytes(task.buffers[0])), stretch, wanted)


def _warm_up(reader: UploadReader) -> None:
    """Read the example as if it had been uploaded: what every file needs is open before the first comes."""
    import ecgdatakit  # noqa: F401 - the slowest import of all readers

    file = UploadedFile(example().name, example().read_bytes())
    for _ in reader.messages([file], ReadingOptions(), trace=True):
        pass
