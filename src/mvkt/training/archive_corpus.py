"""An archive as a corpus: a folder of recordings in any format, or a corpus that is prepared already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from mvkt.corpora.corpus import Corpus
from mvkt.corpora.corpus_manifest import MANIFEST_FILE
from mvkt.corpora.prepare import prepare, usable_entries
from mvkt.corpora.source import Entry
from mvkt.corpora.sources.folder import Folder
from mvkt.ecg.leads import STANDARD_LEADS, view_leads
from mvkt.ecg.signal import SignalSpec
from mvkt.errors import CorpusError
from mvkt.training.teachers.outside_teacher import TeacherFacts

_OF_THE_TABLE = ("patient in two folds", "unusable row", "unknown label", "not in the label table", "unsafe path")
_STORED = ("sampling_frequency", "band", "window_seconds", "hop_seconds")
"""What of the signal settings is in the signals of a corpus; the rest is applied when they are read."""


def archive_corpus(
    archive: Path, out: Path, view: str, signal: SignalSpec, labels: Path | None = None, workers: int | None = None
) -> Corpus:
    """Open or prepare an archive.

    Files that cannot be read and recordings that lack a lead are left out and listed in the manifest. A corpus that is
    at ``out`` is taken, if it is of these recordings and labels.

    Args:
        archive: A folder of recordings, or a prepared corpus.
        out: Where a corpus is prepared.
        view: Leads that it holds.
        signal: How it is prepared.
        labels: A table of labels, see :class:`mvkt.corpora.sources.folder.Folder`.
        workers: Processes.

    Raises:
        CorpusError: There is no archive, nothing in it can be used, the table contradicts itself, a prepared corpus
            comes with a table, or the corpus at ``out`` is of another archive or table.
    """
    if (archive / MANIFEST_FILE).is_file():
        if labels is not None:
            raise CorpusError(f"{archive} is prepared, with its labels in it: leave the table out, or prepare it again")
        return Corpus.open(archive)
    if not archive.is_dir():
        raise CorpusError(f"there is no archive {archive}; expected a folder of recordings, or a prepared corpus")
    source = Folder(archive, labels=labels, unlabelled=True)
    entries = _checked_entries(source)
    if (out / MANIFEST_FILE).is_file():
        corpus = Corpus.open(out)
        _require_same(corpus, _without_run(entries, archive.resolve(), out.parent.resolve()))
        return corpus
    return prepare(source, out, signal=signal, view=view, workers=workers, skip_bad=True)


def fits(corpus: Corpus, facts: TeacherFacts) -> bool:
    """Whether a corpus holds what a teacher sees: its leads, with its signal settings."""
    if facts.signal is None:
        return True
    same = all(getattr(corpus.signal, name) == getattr(facts.signal, name) for name in _STORED)
    return same and set(view_leads(facts.view)) <= set(corpus.leads)


def joined_view(*views: str) -> str:
    """Return a view of all leads of some views: standard leads first."""
    leads = dict.fromkeys(lead for view in views if view for lead in view_leads(view))
    standard = [lead for lead in STANDARD_LEADS if lead in leads]
    return "+".join([*standard, *(lead for lead in leads if lead not in standard)])


def left_out(corpus: Corpus) -> Sequence[str]:
    """Return a line on the recordings of an archive that are not in its corpus, if there are any."""
    skipped = corpus.manifest.skipped
    if not skipped:
        return ()
    reasons = ", ".join(f"{reason} {number:,}" for reason, number in Counter(file.reason for file in skipped).items())
    return (
        f"{len(skipped):,} of {corpus.manifest.records + len(skipped):,} recordings are left out ({reasons}); "
        f"{corpus.path / MANIFEST_FILE} lists them",
    )


def _checked_entries(source: Folder) -> list[Entry]:
    """Return the recordings; refuse a table of labels that contradicts itself, before anything is written."""
    entries, skipped = usable_entries(source)
    faults = [record for record in skipped if record.reason in _OF_THE_TABLE]
    if faults:
        first = faults[0]
        raise CorpusError(
            f"the table of labels has {len(faults):,} records that cannot be used; the first: {first.reason}, "
            f"{first.detail}. Correct the table"
        )
    return entries


def _without_run(entries: Sequence[Entry], archive: Path, run: Path) -> Sequence[Entry]:
    """Leave out the files of a run whose folder lies in the archive."""
    if run == archive or not run.is_relative_to(archive):
        return entries
    return [entry for entry in entries if not (archive / entry.path).is_relative_to(run)]


def _require_same(corpus: Corpus, entries: Sequence[Entry]) -> None:
    """Refuse to go on with a corpus whose recordings are not those of the archive, or have other labels or patients."""
    listed = {entry.record_id: entry for entry in entries}
    known = {*corpus.record_id.tolist(), *(record.record_id for record in corpus.manifest.skipped)}
    more = sorted(listed.keys() - known)
    if more:
        raise CorpusError(
            f"{corpus.path} was begun with {len(more):,} recordings fewer, without {more[0]}; give the same archive, "
            "or another folder for the run"
        )
    columns = (corpus.record_id.tolist(), corpus.patient_id.tolist(), corpus.labelled.tolist(), corpus.labels)
    facts = zip(*columns, strict=True)
    for name, patient, labelled, labels in facts:
        entry = listed.get(name)
        if entry is None:
            raise CorpusError(
                f"{corpus.path} was begun with another archive: the recording {name} is in it and not in this archive; "
                "give the same archive, or another folder for the run"
            )
        if (patient, labels) != (entry.patient_id, dict(entry.labels)) or labelled != bool(entry.labelled):
            raise CorpusError(
                f"{corpus.path} was begun with another table of labels: the recording {name} has other labels, or "
                "another patient, in this table; give the same table, or another folder for the run"
            )
