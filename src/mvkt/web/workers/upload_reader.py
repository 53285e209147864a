"""What a worker makes of uploaded files: for each recording its trace, then its diagnosis, then its envelope."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from mvkt.diagnosis.answer import DiagnosedRecording
from mvkt.diagnosis.diagnoser import Diagnoser, load
from mvkt.diagnosis.student_panel import Opinion, Panel
from mvkt.ecg.leads import LIMB_LEADS, derive_limb_leads
from mvkt.ecg.record import Record
from mvkt.errors import BundleError, RecordError
from mvkt.processes import Buffer, Message
from mvkt.web.reading_options import ReadingOptions
from mvkt.web.traces.display_filter import band
from mvkt.web.traces.envelope import filtered_envelope, raw_envelope
from mvkt.web.traces.stored_trace import StoredTrace, stored
from mvkt.web.traces.tiles import geometry
from mvkt.web.workers.buffers import buffer_of
from mvkt.web.workers.uploaded_files import UploadedFile, recordings_in

_LONG_SECONDS = 600.0
"""Of longer recordings the page has the trace first, and the filtered envelope last."""


def with_limb_leads(record: Record) -> Record:
    """Add the limb leads that follow from those recorded: machines often store I and II alone of the six."""
    recorded = {lead: record.signal[:, index] for index, lead in enumerate(record.leads)}
    signals = derive_limb_leads(recorded)
    if len(signals) == len(recorded):
        return record
    order = [*LIMB_LEADS, *(lead for lead in record.leads if lead not in LIMB_LEADS)]
    return replace(record, signal=np.stack([signals[lead] for lead in order], axis=1), leads=tuple(order))


class UploadReader:
    """Reads uploaded files and judges what is in them."""

    def __init__(self, bundles: Mapping[str, Path], signal_bytes: int) -> None:
        """Remember what may be used.

        Args:
            bundles: Name -> folder of the students that may be named.
            signal_bytes: How much the recordings of one upload may unpack to.
        """
        self._bundles, self._signal_bytes = bundles, signal_bytes
        self._panels: dict[str, Panel] = {}
        self._names = {path.resolve(): name for name, path in bundles.items()}
        self._diagnosers: dict[str, Diagnoser] = {}

    def panel(self, name: str = "") -> Panel:
        """Return a student that is named, or those that fit a recording.

        Raises:
            BundleError: It is damaged.
        """
        if name not in self._panels:
            self._panels[name] = Panel(self._bundles[name] if name else None)
        return self._panels[name]

    def diagnoser(self, name: str) -> Diagnoser:
        """Return a student by its name.

        Raises:
            BundleError: It is damaged.
        """
        if name not in self._diagnosers:
            self._diagnosers[name] = load(self._bundles[name])
        return self._diagnosers[name]

    def name_of(self, diagnoser: Diagnoser) -> str:
        """Return the name under which a student may be named."""
        name = self._names[diagnoser.bundle.path.resolve()]
        self._diagnosers.setdefault(name, diagnoser)
        return name

    def messages(self, files: Sequence[UploadedFile], options: ReadingOptions, *, trace: bool) -> Iterator[Message]:
        """Read and judge.

        Args:
            files: What was uploaded together.
            options: How.
            trace: Whether traces are wanted, too.
        """
        unpacked = 0
        for index, (file, part, record) in enumerate(recordings_in(files, options)):
            name = {"index": index, "file": file, "part": part}
            if isinstance(record, RecordError):
                yield self._error(name, str(record))
                continue
            unpacked += record.signal.nbytes
            if unpacked > self._signal_bytes:
                limit = f"{self._signal_bytes / 1e6:,.0f} MB"
                yield self._error(name, f"the file unpacks to more than {limit} of signal; the rest of it is not read")
                return
            yield from self._recording(name, record, options, trace=trace)

    def _recording(
        self, name: dict[str, Any], record: Record, options: ReadingOptions, *, trace: bool
    ) -> Iterator[Message]:
        age = record.age if options.age is None else options.age
        record = replace(record, age=age, sex=options.sex or record.sex)
        short = record.duration <= _LONG_SECONDS
        shown = with_limb_leads(record) if short else record
        kept = stored(shown) if trace else None
        if kept is not None:
            yield _trace_message(name, record, kept)
            if short:
                yield _envelope_message(name, kept)
        try:
            opinions = self._opinions(record, options)
            yield self._diagnosis(name, opinions, trace=trace)
        except (RecordError, BundleError) as error:
            yield self._error(name, str(error))
        if kept is not None and not short:
            yield _envelope_message(name, kept)

    def _opinions(self, record: Record, options: ReadingOptions) -> tuple[Opinion, ...]:
        names = options.student or ("",)
        return tuple(opinion for name in names for opinion in self.panel(name).judge(record, options.lead))

    def _diagnosis(self, name: dict[str, Any], opinions: Sequence[Opinion], *, trace: bool) -> Message:
        made = DiagnosedRecording(
            file=name["file"], part=name["part"], diagnoses=tuple(opinion.diagnosis for opinion in opinions)
        )
        about: dict[str, Any] = {**name, "read_by": []}
        buffers: list[Buffer] = [made.model_dump_json().encode()]
        if trace:
            for opinion in opinions:
                prepared = opinion.prepared
                about["read_by"].append(
                    {
                        "student": self.name_of(opinion.diagnoser),
                        "leads": prepared.leads,
                        "turned": prepared.turned,
                        "sampling_frequency": prepared.spec.sampling_frequency,
                        "window_samples": prepared.spec.window_samples,
                        "starts": prepared.starts.tolist(),
                        "codes": opinion.diagnoser.bundle.manifest.classes,
                    }
                )
                buffers.append(buffer_of(prepared.microvolts))
        return Message("diagnosis", about, tuple(buffers))

    @staticmethod
    def _error(name: dict[str, Any], detail: str) -> Message:
        made = DiagnosedRecording(file=name["file"], part=name["part"], error=detail)
        return Message("error", {**name, "detail": detail}, (made.model_dump_json().encode(),))


def _trace_message(name: dict[str, Any], record: Record, kept: StoredTrace) -> Message:
    envelope = raw_envelope(kept)
    about = {
        **name,
        "leads": kept.leads,
        "computed": [lead for lead in kept.leads if lead not in record.leads],
        "sampling_frequency": kept.sampling_frequency,
        "samples": kept.samples,
        "seconds": record.duration,
        "start_time": record.start_time.isoformat() if record.start_time else None,
        "age": record.age,
        "sex": record.sex,
        "source": record.source,
        "notes": record.notes,
        "band": band(kept.sampling_frequency),
        "microvolts_per_unit": kept.microvolts_per_unit,
        "offset_microvolts": kept.offset_microvolts,
        "tiles": geometry(len(envelope.levels)),
    }
    return Message("trace", about, tuple(map(buffer_of, (kept.values, *envelope.levels))))


def _envelope_message(name: dict[str, Any], kept: StoredTrace) -> Message:
    return Message("envelope", name, tuple(map(buffer_of, filtered_envelope(kept).levels)))
