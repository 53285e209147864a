"""The students that come with mvkt; their files are compared with digests that are part of the code."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from mvkt.bundle.hub import fetch, is_address
from mvkt.bundle.manifest import MANIFEST_FILE, MODEL_FILE, BundleManifest, read_manifest
from mvkt.bundle.student_digests import DIGESTS
from mvkt.bundle.worth import licence, macro_auc
from mvkt.errors import BundleError, hint
from mvkt.numbers import Interval
from mvkt.stored import Part

_STUDENTS = Path(__file__).parents[1] / "students"


def names() -> tuple[str, ...]:
    """Return the names of the students that come with mvkt, sorted."""
    return tuple(sorted(path.parent.name for path in _STUDENTS.glob(f"*/{MANIFEST_FILE}")))


def manifests() -> dict[str, BundleManifest]:
    """Return the manifests of the students that come with mvkt, by name.

    Raises:
        BundleError: The installation is damaged.
    """
    return {name: read_manifest(_checked(name)) for name in names()}


def student_digest(folder: Path) -> str:
    """Return the digest of a student's folder: SHA-256 over names and SHA-256 of its files, sorted by name.

    Hidden files are left out, which file managers write and nothing reads.

    Raises:
        BundleError: It holds something else than files.
    """
    digest = sha256()
    for path in sorted(path for path in folder.iterdir() if not path.name.startswith(".")):
        if path.is_symlink() or not path.is_file():
            raise BundleError(f"{path} is no file; a student's folder holds files alone")
        digest.update(f"{path.name} {sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


def _checked(name: str) -> Path:
    """Return the folder of a student that comes with mvkt, if it is what came."""
    folder = _STUDENTS / name
    if student_digest(folder) != DIGESTS.get(name):
        raise BundleError(
            f"the student {name} is not the one that came with this mvkt: a file in {folder} was changed, added or "
            "taken away; install mvkt again, or open a bundle of your own by its path"
        )
    return folder


class Student(Part):
    """A student that comes with mvkt.

    Attributes:
        name: To be given to :func:`mvkt.load` and ``--bundle``.
        title: Its own name.
        view: The leads that it reads.
        task: The label set.
        classes: Code -> plain words.
        macro_auc: None where its figures do not state it.
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
    """Return the folder of a bundle: of the student of that name, fetched from a hub, or the path as given.

    Args:
        bundle: The name of a student that comes with mvkt, ``hf://owner/name``, or a path.

    Raises:
        BundleError: It is the misspelt name of a student, a student that was changed, or no bundle on the hub.
        HubError: The hub cannot be reached, or refuses.
        MissingExtraError: For ``hf://``, the hub's library is not installed.
    """
    if is_address(bundle):
        return fetch(str(bundle))
    packaged = names()
    if isinstance(bundle, str | Path) and str(bundle) in packaged:
        return _checked(str(bundle))
    path = Path(bundle)
    if not path.exists() and path.name == str(bundle) and packaged:
        raise BundleError(
            f"there is no student {str(bundle)!r} and no folder of that name; "
            f"{hint(str(bundle), packaged, 'those that come with mvkt are')}"
        )
    return path
