"""The students that come with mvkt."""

from __future__ import annotations

from pathlib import Path

from mvkt.bundle.manifest import MANIFEST_FILE, MODEL_FILE, BundleManifest, read_manifest
from mvkt.bundle.worth import licence, macro_auc
from mvkt.ecg.leads import normalise_lead, view_leads
from mvkt.ecg.record import Record
from mvkt.errors import BundleError, LeadError
from mvkt.numbers import Interval
from mvkt.stored import Part

_STUDENTS = Path(__file__).parents[1] / "students"

_PREFERRED_LEADS = ("I", "II")
"""Of a recording with several leads the first of these is read that there are students for."""


def names() -> tuple[str, ...]:
    """Return the names of the students that come with mvkt, sorted."""
    return tuple(sorted(path.parent.name for path in _STUDENTS.glob(f"*/{MANIFEST_FILE}")))


def manifests() -> dict[str, BundleManifest]:
    """Return the manifests of the students that come with mvkt, by name.

    Raises:
        BundleError: The installation is damaged.
    """
    return {name: read_manifest(_STUDENTS / name) for name in names()}


class Student(Part):
    """A student that comes with mvkt.

    Attributes:
        name: To be given to :func:`mvkt.load` and ``--bundle``.
        title: Its own name.
        view: The leads that it reads.
        task: The label set.
        classes: Code -> plain words.
        macro_auc: None where its figures do not say.
        bytes: Of its network.
        licence: Of the recordings that it learned from.
    """

    name: str
    title: str
    view: str
    task: str
    classes: dict[str, str]
    macro_auc: Interval | None
    bytes: int
    licence: str


def students() -> tuple[Student, ...]:
    """Describe the students that come with mvkt.

    Raises:
        BundleError: The installation is damaged.
    """
    return tuple(
        describe_student(name, manifest, (_STUDENTS / name / MODEL_FILE).stat().st_size)
        for name, manifest in manifests().items()
    )


def describe_student(name: str, manifest: BundleManifest, size: int) -> Student:
    """Describe a student.

    Args:
        name: Under which it is found.
        manifest: Of its bundle.
        size: Bytes of its network.
    """
    return Student(
        name=name,
        title=manifest.name,
        view=manifest.view,
        task=manifest.task,
        classes={code: manifest.title(code) for code in manifest.classes},
        macro_auc=macro_auc(manifest),
        bytes=size,
        licence=licence(manifest),
    )


def find(bundle: str | Path) -> Path:
    """Return the folder of a bundle: of the student of that name, else the path as given.

    Raises:
        BundleError: It is the misspelt name of a student.
    """
    packaged = names()
    if isinstance(bundle, str | Path) and str(bundle) in packaged:
        return _STUDENTS / str(bundle)
    path = Path(bundle)
    if not path.exists() and path.name == str(bundle) and packaged:
        raise BundleError(
            f"there is no student {str(bundle)!r} and no folder of that name; there are {', '.join(packaged)}, and any "
            "bundle by its path"
        )
    return path


def for_record(record: Record, lead: str | None = None) -> tuple[Path, ...]:
    """Choose the students for a recording: all of the lead that is asked for, else of lead I, else of lead II.

    Args:
        record: The recording.
        lead: As in :meth:`mvkt.diagnosis.diagnoser.Diagnoser.diagnose`.

    Raises:
        BundleError: No students come with this installation.
        LeadError: There is none for what was recorded or asked for.
    """
    by_view: dict[tuple[str, ...], list[Path]] = {}
    for name, manifest in manifests().items():
        by_view.setdefault(view_leads(manifest.view), []).append(_STUDENTS / name)
    if not by_view:
        raise BundleError("no students come with this installation; name a bundle")
    leads = (normalise_lead(lead),) if lead else tuple(one for one in _PREFERRED_LEADS if _has(record, one))
    for one in leads:
        if (one,) in by_view:
            return tuple(by_view[(one,)])
    there = ", ".join("+".join(view) for view in by_view)
    raise LeadError(
        f"the students that come with mvkt read {there}; this recording has {', '.join(record.leads)}"
        + (f" and {lead} was asked for" if lead else "")
        + ". If its lead is one of these under another name, say so (--lead, in Python lead=); to have another lead "
        "read all the same, name the student, too (--bundle, in Python mvkt.load)"
    )


def _has(record: Record, lead: str) -> bool:
    try:
        record.select(lead)
    except LeadError:
        return False
    return True
