"""What the annotations of an aECG file measure in the recording as a whole; those of a beat or of a lead are left out.

Source: ISO/IEEE 11073-10102, annotated ECG.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from mvkt.ecg.formats.xml_elements import Element
from mvkt.ecg.measurements import MachineMeasurements

_ANNOTATION = "/annotation"
ANNOTATIONS = (
    r"subjectOf/annotationSet/component/annotation(/component/annotation){0,4}"
    r"(/code|/value|/support/supportingROI/component/boundary/code)?"
)
"""Paths of what is needed, below a series."""

_MILLISECONDS = {"": 1.0, "ms": 1.0, "s": 1000.0, "us": 0.001}
_A_MINUTE = {"": 1.0, "Hz": 60.0, "/s": 60.0} | dict.fromkeys(
    ("bpm", "/min", "1/min", "{beats}/min", "{beat}/min"), 1.0
)
_DEGREES = {"": 1.0, "deg": 1.0}
_MEASURED = {
    "MDC_ECG_HEART_RATE": ("heart_rate", _A_MINUTE),
    "MDC_ECG_TIME_PD_RR": ("rr", _MILLISECONDS),
    "MDC_ECG_TIME_PD_PR": ("pr", _MILLISECONDS),
    "MDC_ECG_TIME_PD_QRS": ("qrs", _MILLISECONDS),
    "MDC_ECG_TIME_PD_QT": ("qt", _MILLISECONDS),
    "MDC_ECG_TIME_PD_QTCB": ("qtc_bazett", _MILLISECONDS),
    "MDC_ECG_TIME_PD_QTCF": ("qtc_fridericia", _MILLISECONDS),
    "MDC_ECG_ANGLE_QRS_FRONT": ("axis", _DEGREES),
    "MINDRAY_ECG_QRS_AXIS": ("axis", _DEGREES),
}
"""Code to attribute and factors by unit."""

_BEAT = "MDC_ECG_BEAT"


@dataclass
class Annotations:
    """The annotations of a file, which are added element by element, what is within one before it."""

    _open: dict[str, dict[str, str]] = field(default_factory=dict)
    _found: dict[str, float] = field(default_factory=dict)

    def add(self, element: Element) -> None:
        """Add the code or the value of an annotation, what it is limited to, or its end."""
        if element.path.endswith(_ANNOTATION):
            self._close(element.path)
            return
        path, _, within = element.path.rpartition(f"{_ANNOTATION}/")
        about = self._open.setdefault(path + _ANNOTATION, {})
        if within == "code":
            about["code"] = element.attributes.get("code", "").upper().removesuffix("_GL")
        elif within == "value":
            about |= {name: element.attributes.get(name, "") for name in ("value", "unit")}
        elif "_LEAD_" in element.attributes.get("code", "").upper():
            about["lead"] = "one"

    def measurements(self) -> MachineMeasurements | None:
        """Return what was measured; None where nothing was."""
        return MachineMeasurements.of(**self._found)

    def _close(self, path: str) -> None:
        about = self._open.pop(path, {})
        around = [other for place, other in self._open.items() if path.startswith(f"{place}/")]
        name, factors = _MEASURED.get(about.get("code", ""), ("", _DEGREES))
        if not name or "lead" in about or any("lead" in other or other.get("code") == _BEAT for other in around):
            return
        try:
            value = float(about.get("value", "")) * factors[about.get("unit", "")]
        except (ValueError, KeyError):
            return
        self._found.setdefault(name, value)
