"""Preparing a corpus: every recording is conditioned once and stored, and training only maps a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from mvkt import __version__
from mvkt.corpora.conditioning import Conditioned, Conditioner
from mvkt.corpora.corpus import Corpus
from mvkt.corpora.corpus_manifest import INDEX_FILE, MANIFEST_FILE, Manifest, SkippedRecord
from mvkt.corpora.folds import assign_folds
from mvkt.corpora.label_sets import positive
from mvkt.corpora.parquet_index import require_pyarrow
from mvkt.corpora.registry import make_source
from mvkt.corpora.source import Entry, Source
from mvkt.corpora.writing import IndexWriter, ShardWriter, staged_folder
from mvkt.ecg.leads import view_leads
from mvkt.ecg.signal import MILLIVOLTS_PER_UNIT, MISSING, SignalSpec
from mvkt.errors import BadRecordsError, CorpusError
from mvkt.files import sha256
from mvkt.ray_cluster import Engine

SHARD_ROWS = 50_000
"""Windows of a file of signals; at 100 Hz with 12 leads, 1.2 GB."""

_EXAMPLES_A_REASON = 3


def prepare(
    source: Source | str,
    out: Path | str,
    *,
    signal: SignalSpec | None = None,
    view: str | None = None,
    workers: int | None = None,
    engine: Engine = "processes",
    shard_rows: int = SHARD_ROWS,
    skip_bad: bool = False,
    overwrite: bool = False,
    progress: Callable[[int, int], None] | None = None,
    **options: Any,
) -> Corpus:
    """Condition every record of a source and write the corpus.

    The corpus appears at ``out`` when it is whole, and not at all if anything goes wrong. The same source
    gives the same signals and index to the last byte, however many workers there are.

    Args:
        source: Where the recordings are: a source, or the name of one (``mvkt list sources``).
        out: The folder to make.
        signal: How to condition the recordings; by default the source's proposal.
        view: Leads to store; by default the source's proposal.
        workers: Processes; see :meth:`mvkt.corpora.conditioning.Conditioner.all`.
        engine: ``processes`` of this machine, or ``ray``; the corpus is the same.
        shard_rows: Windows of a file of signals; a corpus with more has several (shards).
        skip_bad: Go on without records that cannot be used, and list them in the manifest.
        overwrite: Replace a corpus that is at ``out``.
        progress: Called with the number of records done and their total.
        options: Of a source that is given by name: ``root="recordings"``, ``records=500``, ...

    Returns:
        The corpus at ``out``, opened.

    Raises:
        BadRecordsError: Records cannot be used, and ``skip_bad`` was not given; all of them are counted.
        CorpusError: There is no such source or option, the source cannot be read at all, or ``out`` is taken.
        LeadError: The view is none.
        MissingExtraError: pyarrow is not installed, or Ray is to be used and is not.
        WorkerError: A worker died, with Ray again and again.
    """
    require_pyarrow()
    if shard_rows < 1:
        raise CorpusError(f"a shard has at least 1 row; shard_rows is {shard_rows}")
    if isinstance(source, str):
        source = make_source(source, **options)
    elif options:
        raise CorpusError(f"options {', '.join(options)} are for a source that is given by name")
    conditioner = Conditioner(source, signal or source.default_signal, view or source.default_view)
    view_leads(conditioner.view)
    with staged_folder(Path(out), overwrite) as folder:
        entries, skipped = usable_entries(source)
        leads, samples = len(view_leads(conditioner.view)), conditioner.signal.window_samples
        signals = ShardWriter(folder, leads, samples, shard_rows)
        answers = conditioner.all(entries, workers, engine)
        kept = _write(signals, IndexWriter(folder / INDEX_FILE), entries, answers, skipped, progress)
        if skipped and not skip_bad:
            raise BadRecordsError(describe_skipped(skipped, len(kept)))
        if not kept:
            raise CorpusError(f"no usable record for {out}: {describe_skipped(skipped, 0)}")
        manifest = _manifest(folder, signals, conditioner, kept, skipped)
        manifest.save(folder / MANIFEST_FILE)
    return Corpus.open(Path(out))


def usable_entries(source: Source) -> tuple[list[Entry], list[SkippedRecord]]:
    """Return the entries of a source, with folds, and those that contradict others or cannot be used.

    Raises:
        CorpusError: The source cannot be read at all.
    """
    listed, skipped = source.entries()
    first: dict[str, Entry] = {}
    folds_of: dict[str, set[int | None]] = {}
    for entry in listed:
        if entry.record_id in first:
            skipped.append(
                SkippedRecord(record_id=entry.record_id, reason="duplicate id", detail="it is listed more than once")
            )
        else:
            first[entry.record_id] = entry
            folds_of.setdefault(entry.patient_id, set()).add(entry.fold)
    entries = []
    for entry in first.values():
        folds = folds_of[entry.patient_id]
        if len(folds) == 1:
            entries.append(entry)
        else:
            detail = f"its patient is in folds {', '.join(map(str, sorted(folds, key=str)))}"
            skipped.append(SkippedRecord(record_id=entry.record_id, reason="patient in two folds", detail=detail))
    return _with_folds(entries), skipped


def _with_folds(entries: list[Entry]) -> list[Entry]:
    """Give folds to the entries that have none."""
    without = [entry for entry in entries if entry.fold is None]
    made = iter(assign_folds([entry.patient_id for entry in without], [positive(entry.labels) for entry in without]))
    return [entry if entry.fold is not None else replace(entry, fold=next(made)) for entry in entries]


def _write(
    signals: ShardWriter,
    index: IndexWriter,
    entries: Sequence[Entry],
    answers: Iterable[Conditioned | SkippedRecord],
    skipped: list[SkippedRecord],
    progress: Callable[[int, int], None] | None,
) -> list[Entry]:
    """Stream signals and index to their files; return the entries that are in them and add to ``skipped``."""
    kept = []
    with signals, index:
        for done, (entry, result) in enumerate(zip(entries, answers, strict=True), start=1):
            if isinstance(result, Conditioned):
                kept.append(entry)
                signals.append(result.microvolts)
                _append_rows(index, entry, result)
            else:
                skipped.append(result)
            if progress is not None:
                progress(done, len(entries))
    return kept


def _append_rows(index: IndexWriter, entry: Entry, result: Conditioned) -> None:
    valid_share = np.mean(result.microvolts != MISSING, axis=(1, 2))
    for window, share in enumerate(valid_share):
        index.append(
            {
                "record_id": entry.record_id,
                "patient_id": entry.patient_id,
                "window": window,
                "fold": entry.fold,
                "age": result.age if entry.age is None else entry.age,
                "sex": result.sex if entry.sex is None else entry.sex,
                "valid_share": float(share),
                "labels": list(entry.labels.items()),
                "labelled": entry.labelled,
                "path": entry.path,
            }
        )


def _manifest(
    folder: Path,
    signals: ShardWriter,
    conditioner: Conditioner,
    kept: Sequence[Entry],
    skipped: Iterable[SkippedRecord],
) -> Manifest:
    source = conditioner.source
    folds = Counter(entry.fold for entry in kept if entry.fold is not None)
    manifest = Manifest(
        source=source.name,
        part=source.part,
        signal=conditioner.signal,
        leads=view_leads(conditioner.view),
        millivolts_per_unit=MILLIVOLTS_PER_UNIT,
        rows=signals.rows,
        shard_rows=signals.shard_rows,
        records=len(kept),
        patients=len({entry.patient_id for entry in kept}),
        folds=dict(sorted(folds.items())),
        recommended_split=source.split,
        tasks=dict(source.tasks),
        licence=source.licence,
        citation=source.citation,
        warnings=source.warnings,
        skipped=tuple(skipped),
        checksums={},
        tool_version=__version__,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    checksums = {name: sha256(folder / name) for name in (*manifest.signal_files, INDEX_FILE)}
    return manifest.model_copy(update={"checksums": checksums})


def describe_skipped(skipped: Sequence[SkippedRecord], usable: int) -> str:
    """Return counts by reason with the first examples of each."""
    by_reason: dict[str, list[SkippedRecord]] = {}
    for record in skipped:
        by_reason.setdefault(record.reason, []).append(record)
    number = "1 record" if len(skipped) == 1 else f"{len(skipped):,} records"
    others = f" ({usable:,} can; --skip-bad goes on with those)" if usable else ""
    lines = [f"{number} cannot be used{others}:"]
    for reason, records in sorted(by_reason.items(), key=lambda item: (-len(item[1]), item[0])):
        lines.append(f"  {reason}: {len(records):,}")
        lines += [f"    {r.record_id}: {r.detail}" for r in records[:_EXAMPLES_A_REASON]]
        if len(records) > _EXAMPLES_A_REASON:
            lines.append(f"    and {len(records) - _EXAMPLES_A_REASON:,} more")
    if "missing lead" in by_reason and not usable:
        lines.append("  name leads that the recordings have: by --view, in a transfer also by a --teacher of these")
    return "\n".join(lines)
