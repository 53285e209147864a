"""What a student is and is worth, in lines for people, from its manifest."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from mvkt.bundle.manifest import MODEL_FILE, SIMULATED, BundleManifest
from mvkt.ecg.leads import CHEST_LEADS
from mvkt.numbers import Interval, with_limits
from mvkt.stored import Part

DISCLAIMER = "A research tool, not a medical device: no finding, present or absent, replaces a physician's reading."

_ONE_LEAD = (
    "one lead does not show everything: the heart's axis and thick ventricles hardly, an infarction only where "
    "that lead looks"
)
_NO_CHEST_LEAD = "the limb leads do not look at the front of the heart: an infarction there is easily missed"
_FEWEST_RECORDINGS = 20

_ALWAYS = "knows only the classes listed; not for children, pacemakers or exercise"


class BundleSummary(Part):
    """Which student read the recording.

    Attributes:
        name: Of the student.
        task: The label set.
        view: The leads that it was trained on.
        worth: What it was trained on and how good it is, in a line.
        limits: What it cannot do, in a line.
        tool_version: The mvkt that made it.
        sha256: Of its network.
    """

    name: str
    task: str
    view: str
    worth: str
    limits: str
    tool_version: str
    sha256: str


def identify(manifest: BundleManifest) -> BundleSummary:
    """Return which student read a recording."""
    return BundleSummary(
        name=manifest.name,
        task=manifest.task,
        view=manifest.view,
        worth=worth(manifest),
        limits=limits(manifest),
        tool_version=manifest.tool_version,
        sha256=manifest.checksums[MODEL_FILE],
    )


def macro_auc(manifest: BundleManifest) -> Interval | None:
    """Return the macro AUC on test records with its 95 % interval, where the figures of the bundle have it."""
    return interval_at(manifest.figures, "evaluation", "macro_auc")


def interval_at(content: Any, *keys: str) -> Interval | None:
    """Return an interval from the figures of a bundle, or None where they hold something else."""
    try:
        return Interval.model_validate(at(content, *keys), strict=True)
    except ValidationError:
        return None


def missed(manifest: BundleManifest) -> dict[str, float | None]:
    """Return for each class the share of the test recordings that have it and are reported as "not found".

    None where the figures do not have it, or have it from fewer than 20 recordings.
    """
    classes = at(manifest.figures, "abstention", "classes")
    figures = {at(of_class, "code"): of_class for of_class in reversed(classes)} if isinstance(classes, list) else {}
    return {code: _missed(figures.get(code)) for code in manifest.classes}


def _missed(figures: Any) -> float | None:
    share, records = at(figures, "missed", "share", "value"), at(figures, "missed", "records")
    if not isinstance(records, int) or records < _FEWEST_RECORDINGS:
        return None
    return float(share) if isinstance(share, int | float) and not isinstance(share, bool) and 0 <= share <= 1 else None


def licence(manifest: BundleManifest) -> str:
    """Return the licence of the recordings that it learned from; empty where the bundle does not state it."""
    found = at(manifest.provenance, "corpus", "licence")
    return found if isinstance(found, str) else ""


def worth(manifest: BundleManifest) -> str:
    """``learned from 3,091 recordings of ptb-xl; macro AUC 0.826 (0.800 to 0.851) on 405 test recordings``."""
    parts = []
    learned, without, tested = (
        at(manifest.provenance, "records", "training"),
        at(manifest.provenance, "unlabelled_records"),
        at(manifest.figures, "evaluation", "records"),
    )
    if manifest.corpus:
        of = "simulated recordings" if manifest.corpus == SIMULATED else f"recordings of {manifest.corpus}"
        parts.append(f"learned from {learned:,} {of}" if isinstance(learned, int) else f"learned from {of}")
    if manifest.corpus and isinstance(without, int) and without > 0:
        parts.append(f"and from {without:,} without labels")
    figure = macro_auc(manifest)
    if figure:
        on = f" on {tested:,} test recordings" if isinstance(tested, int) else ""
        parts.append(f"macro AUC {with_limits(figure)}{on}")
    agreement = interval_at(manifest.figures, "agreement", "evaluation", "macro_auc")
    if agreement:
        parts.append(f"agreement with its teacher {with_limits(agreement)}")
    return "; ".join(parts) or "the bundle does not state what it learned from"


def limits(manifest: BundleManifest) -> str:
    """Describe in a line what it cannot do."""
    if manifest.corpus == SIMULATED:
        return "trained on simulated recordings: what it finds in a real one means nothing"
    if len(manifest.leads) == 1:
        return f"{_ALWAYS}; {_ONE_LEAD}"
    return _ALWAYS if set(manifest.leads) & set(CHEST_LEADS) else f"{_ALWAYS}; {_NO_CHEST_LEAD}"


def at(content: Any, *keys: str) -> Any:
    """Follow keys into the provenance of a bundle, which may hold anything; None where they lead nowhere."""
    for key in keys:
        content = content.get(key) if isinstance(content, dict) else None
    return content
