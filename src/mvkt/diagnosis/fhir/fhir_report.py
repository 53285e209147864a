"""A diagnosis as a FHIR R4 ``Bundle``: a ``DiagnosticReport``, its ``Observation`` resources, and the ``Device``.

Every identifier is made of the content, so that the same diagnosis gives the same bundle. Of a person it holds
nothing but the sex. Everything is ``preliminary``: no network, and no review on the page, makes a report final.

Source: https://hl7.org/fhir/R4/diagnosticreport.html, https://hl7.org/fhir/R4/observation.html; LOINC.
"""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

from mvkt.diagnosis.answer import DiagnosedRecording
from mvkt.diagnosis.diagnosis import Diagnosis
from mvkt.diagnosis.fhir.waveform import Stretch, waveform
from mvkt.diagnosis.finding import Finding, Verdict
from mvkt.diagnosis.review import Review, decision_words
from mvkt.files import write_text
from mvkt.numbers import duration

MEDIA_TYPE = "application/fhir+json"
_LOINC = "http://loinc.org"
_UCUM = "http://unitsofmeasure.org"
_CATEGORIES = "http://terminology.hl7.org/CodeSystem/observation-category"
_ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
_NAMESPACE = uuid.UUID("7f0c2b7e-6f4f-5b8e-9a52-6d1c1d7e3a10")
_VERDICTS: dict[Verdict, tuple[str, str]] = {
    "found": ("LA9633-4", "Present"),
    "not found": ("LA9634-2", "Absent"),
    "inconclusive": ("LA11884-6", "Indeterminate"),
}
_HEART_RATE = ("8867-4", "Heart rate")
_MEASURED = {
    "pr": ("8625-6", "P-R Interval", "ms"),
    "qrs": ("8633-0", "QRS duration", "ms"),
    "qt": ("8634-8", "Q-T interval", "ms"),
    "qtc_bazett": ("76635-2", "Q-T interval corrected based on Bazett formula", "ms"),
    "qtc_fridericia": ("76634-5", "Q-T interval corrected based on Fridericia formula", "ms"),
    "axis": ("8632-6", "QRS axis", "deg"),
}
"""Measurement -> code in LOINC, its name, unit in UCUM. What has no code there, as beats, has none here."""
_STUDY = ("11524-6", "EKG study")

Resource = dict[str, Any]


def write_fhir(path: Path, recording: DiagnosedRecording, stretch: Stretch | None) -> None:
    """Write the bundle of a recording as JSON."""
    write_text(path, json.dumps(fhir_bundle(recording, stretch), indent=1, ensure_ascii=False) + "\n")


def fhir_bundle(recording: DiagnosedRecording, stretch: Stretch | None = None) -> Resource:
    """Return the bundle of a recording that was judged.

    Args:
        recording: With its diagnoses, and a review where there is one.
        stretch: Of its trace; None leaves the trace out.
    """
    made = _Bundle(recording, stretch)
    return made.bundle()


class _Bundle:
    """The resources of one recording, which refer to each other."""

    def __init__(self, recording: DiagnosedRecording, stretch: Stretch | None) -> None:
        self.recording, self.stretch = recording, stretch
        self.first = recording.diagnoses[0]
        self.key = recording.model_dump_json()
        self.entries: list[Resource] = []
        self.subject = self._patient()
        self.effective = _moment(self.first)

    def bundle(self) -> Resource:
        results = []
        if self.stretch is not None:
            results.append(self._trace(self.stretch))
        if self.first.heart_rate is not None:
            results.append(self._heart_rate(self.first.heart_rate))
        results += self._measured()
        for diagnosis in self.recording.diagnoses:
            device = self._device(diagnosis)
            results += [self._finding(diagnosis, finding, device) for finding in diagnosis.findings]
        review = self.recording.review
        results += [self._own(finding.title, finding.note, review) for finding in review.added] if review else []
        self._add("report", self._report(results, review), first=True)
        return {"resourceType": "Bundle", "type": "collection", "entry": self.entries}

    def _add(self, name: str, resource: Resource, *, first: bool = False) -> Resource:
        """Put a resource into the bundle; return the reference to it."""
        url = f"urn:uuid:{uuid.uuid5(_NAMESPACE, f'{self.key}/{name}')}"
        self.entries.insert(0 if first else len(self.entries), {"fullUrl": url, "resource": resource})
        return {"reference": url}

    def _patient(self) -> Resource | None:
        sex = self.first.signal.sex
        return None if sex is None else self._add("patient", {"resourceType": "Patient", "gender": sex})

    def _device(self, diagnosis: Diagnosis) -> Resource:
        bundle = diagnosis.bundle
        device = {
            "resourceType": "Device",
            "identifier": [{"system": "urn:ietf:rfc:3986", "value": f"urn:sha256:{bundle.sha256}"}],
            "deviceName": [{"name": f"mvkt {bundle.name}", "type": "model-name"}],
            "version": [{"value": bundle.tool_version}],
            "note": [{"text": f"{bundle.worth}. {bundle.limits}. {diagnosis.disclaimer}"}],
        }
        return self._add(f"device {bundle.name}", device)

    def _observation(self, category: str, content: Resource) -> Resource:
        return {
            "resourceType": "Observation",
            "status": "preliminary",
            "category": [{"coding": [{"system": _CATEGORIES, "code": category}]}],
            **({"subject": self.subject} if self.subject else {}),
            **({"effectiveDateTime": self.effective} if self.effective else {}),
            **content,
        }

    def _trace(self, stretch: Stretch) -> Resource:
        whole = self.first.signal.duration_seconds
        content = waveform(stretch)
        if stretch.seconds < whole - 0.5:
            begin = f"{stretch.start_seconds:.3f}".rstrip("0").rstrip(".")
            text = f"{duration(stretch.seconds)} of {duration(whole)}, from {begin} s on"
            content["note"] = [{"text": text}]
        return self._add("trace", self._observation("procedure", content))

    def _heart_rate(self, rate: float) -> Resource:
        content = {"code": _coded(*_HEART_RATE), "valueQuantity": _quantity(round(rate, 1), "/min")}
        return self._add("heart rate", self._observation("vital-signs", content))

    def _measured(self) -> list[Resource]:
        """What was measured besides the rate; where a measurement has none, why."""
        made = []
        for name, (code, display, unit) in _MEASURED.items():
            measured = getattr(self.first.measurements, name)
            value = (
                _absent("unknown", measured.because)
                if measured.value is None
                else {"valueQuantity": _quantity(measured.value, unit)}
            )
            made.append(self._add(name, self._observation("procedure", {"code": _coded(code, display), **value})))
        return made

    def _finding(self, diagnosis: Diagnosis, finding: Finding, device: Resource) -> Resource:
        review = self.recording.review
        decision = review.on(finding.code) if review else None
        notes = [{"text": finding.reason}] if finding.reason else []
        if decision and review:
            notes.append(_signed(decision_words(decision), review))
        content: Resource = {
            "code": {"coding": [{"code": finding.code, "display": finding.title}], "text": finding.title},
            "device": device,
            "component": [_share("probability", finding.probability), _share("found from", finding.found_from)],
            **({"note": notes} if notes else {}),
            **_value(finding.verdict, finding.wording),
        }
        name = f"{diagnosis.bundle.name} {finding.code}"
        return self._add(name, self._observation("procedure", content))

    def _own(self, title: str, note: str, review: Review) -> Resource:
        content = {
            "code": {"text": title},
            "valueCodeableConcept": _verdict("found"),
            "note": [_signed(note or "seen by the reviewer", review)],
        }
        return self._add(f"own {title}", self._observation("exam", content))

    def _report(self, results: list[Resource], review: Review | None) -> Resource:
        conclusion = " ".join(diagnosis.summary for diagnosis in self.recording.diagnoses)
        if review:
            conclusion = f"{conclusion} {_reviewed(review)}"
        return {
            "resourceType": "DiagnosticReport",
            "status": "preliminary",
            "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0074", "code": "EC"}]}],
            "code": _coded(*_STUDY),
            **({"subject": self.subject} if self.subject else {}),
            **({"effectiveDateTime": self.effective} if self.effective else {}),
            **({"resultsInterpreter": [{"display": review.reviewer}]} if review and review.reviewer else {}),
            "result": results,
            "conclusion": f"{conclusion} {self.first.disclaimer}",
        }


def _coded(code: str, display: str) -> Resource:
    return {"coding": [{"system": _LOINC, "code": code, "display": display}], "text": display}


def _verdict(verdict: Verdict, wording: str = "") -> Resource:
    code, display = _VERDICTS[verdict]
    return {"coding": [{"system": _LOINC, "code": code, "display": display}], "text": wording or verdict}


def _value(verdict: Verdict, wording: str) -> Resource:
    if verdict == "not judged":
        return _absent("not-performed", verdict)
    return {"valueCodeableConcept": _verdict(verdict, wording)}


def _share(name: str, value: float) -> Resource:
    return {"code": {"text": name}, "valueQuantity": _quantity(round(value, 4), "1")}


def _quantity(value: float, unit: str) -> Resource:
    return {"value": value, "unit": unit, "system": _UCUM, "code": unit}


def _absent(code: str, why: str) -> Resource:
    return {"dataAbsentReason": {"coding": [{"system": _ABSENT, "code": code}], "text": why}}


def _signed(text: str, review: Review) -> Resource:
    time = review.time.isoformat() if review.time and review.time.tzinfo else None
    return {
        "text": text,
        **({"authorString": review.reviewer} if review.reviewer else {}),
        **({"time": time} if time else {}),
    }


def _reviewed(review: Review) -> str:
    by = f" by {review.reviewer}" if review.reviewer else ""
    parts = [f"{decision.title} {decision_words(decision)}" for decision in review.decisions]
    parts += [f"added {finding.title}" for finding in review.added]
    parts += [review.note] if review.note else []
    return f"Reviewed{by}: {'; '.join(parts)}."


def _moment(diagnosis: Diagnosis) -> str | None:
    """When it was recorded; FHIR has no time of day without a time zone, and most recorders state none."""
    start = diagnosis.signal.start_time
    if start is None:
        return None
    return start.isoformat() if start.tzinfo else start.date().isoformat()
