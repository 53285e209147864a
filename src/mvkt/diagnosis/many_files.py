"""Many files: read, diagnosed and reported one by one, in worker processes where that pays."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mvkt.diagnosis.answer import DiagnosedRecording
from mvkt.diagnosis.student_panel import Panel
from mvkt.ecg.formats.readers.wfdb_parts import recordings_among
from mvkt.ecg.record import Record, Sex
from mvkt.errors import RecordError
from mvkt.processes import in_processes, processors

_WORTH_A_WORKER_SECONDS = 4.0

PAGES = (".html", ".htm")
BUNDLES = (".json",)
"""How the one file ends that holds an HTML page, or a FHIR bundle."""

_Read = Record | RecordError


@dataclass(frozen=True)
class DiagnosisTask:
    """A file to be diagnosed.

    Attributes:
        path: Where it is.
        shown: What it is called in the answer.
        page: Where its HTML page goes; None for no page.
        fhir: Where its FHIR bundle goes; None for none.
    """

    path: Path
    shown: str
    page: Path | None = None
    fhir: Path | None = None


@dataclass(frozen=True)
class DiagnosisSettings:
    """How files are read and diagnosed; see :func:`mvkt.read` and :meth:`mvkt.diagnosis.student_panel.Panel.judge`.

    Attributes:
        bundle: The student that reads, or None for those that come with mvkt.
        lead: Which lead is read, or which it is that a file does not name.
        sampling_frequency: For files that do not state it.
        unit: For files that do not state it.
        age: Of the person, instead of what the file states.
        sex: Of the person, instead of what the file states.
    """

    bundle: Path | None = None
    lead: str | None = None
    sampling_frequency: float | None = None
    unit: str | None = None
    age: float | None = None
    sex: Sex | None = None


class FileDiagnoser:
    """Diagnoses files one after the other."""

    def __init__(self, settings: DiagnosisSettings) -> None:
        """Open the student, if one is named.

        Raises:
            BundleError: It is missing, damaged or of another version.
        """
        self._settings = settings
        self._panel = Panel(settings.bundle)

    def __reduce__(self) -> tuple[Callable[[DiagnosisSettings], FileDiagnoser], tuple[DiagnosisSettings]]:
        return FileDiagnoser, (self._settings,)  # another process opens the students itself

    def file(self, task: DiagnosisTask) -> tuple[DiagnosedRecording, ...]:
        """Diagnose every recording of a file; what cannot be read is a recording with an error.

        Raises:
            BundleError: A student is damaged, or there is none.
        """
        from mvkt.ecg.formats import read_all

        settings, made = self._settings, list[DiagnosedRecording]()
        try:
            recordings = read_all(
                task.path, sampling_frequency=settings.sampling_frequency, unit=settings.unit, lead=settings.lead
            )
            for number, (part, record) in enumerate(_parts(recordings)):
                made.append(self._recording(task, part, number, record))
        except (RecordError, OSError) as error:
            made.append(DiagnosedRecording(file=task.shown, error=str(error)))
        return tuple(made)

    def _recording(
        self, task: DiagnosisTask, part: str, number: int, record: Record | RecordError
    ) -> DiagnosedRecording:
        try:
            if isinstance(record, RecordError):
                raise record
            record = replace(record, age=_first(self._settings.age, record.age), sex=self._settings.sex or record.sex)
            opinions = self._panel.judge(record, self._settings.lead)
            made = DiagnosedRecording(
                file=task.shown, part=part, diagnoses=tuple(opinion.diagnosis for opinion in opinions)
            )
            if task.fhir is not None:
                from mvkt.diagnosis.fhir.fhir_report import write_fhir
                from mvkt.diagnosis.fhir.waveform import beginning

                write_fhir(_numbered(task.fhir, number), made, beginning(record))
            if task.page is None:
                return made
            from mvkt.diagnosis.page.diagnosis_page import write_page

            path = _numbered(task.page, number)
            write_page(path, Path(made.file).name + (f", {part}" if part else ""), opinions)
            return made.model_copy(update={"page": str(path)})
        except RecordError as error:
            return DiagnosedRecording(file=task.shown, part=part, error=str(error))


def _numbered(path: Path, number: int) -> Path:
    """The place of what is written about a recording of a file: the first has that of the file itself."""
    return path if number == 0 else path.with_stem(f"{path.stem}-{number + 1}")


def _parts(recordings: Iterator[tuple[str, _Read]]) -> Iterator[tuple[str, _Read]]:
    """Take the names away where there is but one recording: it is called as its file is."""
    first = next(recordings, None)
    second = next(recordings, None)
    if first is not None:
        yield ("", first[1]) if second is None else first
    if second is not None:
        yield second
    yield from recordings


def diagnose_files(
    tasks: Sequence[DiagnosisTask], settings: DiagnosisSettings, workers: int | None = None
) -> Iterator[tuple[DiagnosedRecording, ...]]:
    """Diagnose files, in order.

    The first ones are read in this process; when the others would take longer than it takes to start processes, they
    are shared out. (Threads do not help: most of the time goes into many short calls of numpy.)

    Args:
        tasks: The files.
        settings: How.
        workers: At most so many processes; by default one for each processor.

    Raises:
        BundleError: A student is damaged, or there is none.
        WorkerError: A worker process died.
    """
    diagnoser, start = FileDiagnoser(settings), time.monotonic()
    workers = processors() if workers is None else workers
    for number, task in enumerate(tasks):
        rest = (time.monotonic() - start) / max(number, 1) * (len(tasks) - number)
        if workers > 1 and number and len(tasks) - number > 1 and rest > _WORTH_A_WORKER_SECONDS:
            yield from in_processes(diagnoser.file, tasks[number:], min(workers, len(tasks) - number))
            return
        yield diagnoser.file(task)


def tasks_of(files: Iterable[Path], pages: Path | None = None, fhir: Path | None = None) -> list[DiagnosisTask]:
    """Make the tasks for files and folders.

    Of a folder all files are taken, also in folders within, but hidden ones, text for people (``.md``, ``.html``) and
    the parts of WFDB records.

    Args:
        files: Files and folders.
        pages: Where HTML pages go: a file that ends in ``.html`` for one file, else a folder.
        fhir: Where FHIR bundles go: a file that ends in ``.json`` for one file, else a folder.
    """
    paths = [path for file in files for path in (_inside(file) if file.is_dir() else [file])]
    places = zip(_places(paths, pages, PAGES), _places(paths, fhir, BUNDLES), strict=True)
    return [DiagnosisTask(path, str(path), page, bundle) for path, (page, bundle) in zip(paths, places, strict=True)]


def _places(paths: Sequence[Path], target: Path | None, endings: tuple[str, ...]) -> list[Path | None]:
    """Where something about each file goes: nowhere, to the one file that is named, or into a folder."""
    if target is None or is_file_name(target, endings):
        return [target] * len(paths)
    taken = {"index"}
    return [target / f"{_free(path.stem, taken)}{endings[0]}" for path in paths]


def is_file_name(path: Path, endings: tuple[str, ...]) -> bool:
    """Whether a path is that of one file with such an ending, not of a folder for several."""
    return path.suffix.lower() in endings


def _inside(folder: Path) -> list[Path]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return [
        path
        for path in recordings_among(files)
        if not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and path.suffix.lower() not in (".md", ".html")
    ]


def _free(stem: str, taken: set[str]) -> str:
    """Return a name for a page that is not taken yet, also where names differ by their case alone."""
    name, number = stem, 1
    while name.casefold() in taken:
        number += 1
        name = f"{stem}-{number}"
    taken.add(name.casefold())
    return name


def _first(given: float | None, read: float | None) -> float | None:
    return read if given is None else given
