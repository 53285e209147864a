"""FHIR R4 and R5, JSON: an ``Observation`` with ``SampledData``, alone or in a ``Bundle``.

A value is ``origin + factor * data``; ``E`` (error), ``U`` and ``L`` (above, below the limit) are missing samples.
``period`` is in milliseconds (R4), ``interval`` or ``offsets`` in ``intervalUnit`` (R5). Of a patient in
the file the sex is taken, and the age at the recording.

Source: https://hl7.org/fhir/datatypes.html#SampledData.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from mvkt.ecg.formats.assemble import assemble
from mvkt.ecg.formats.dates import age_at, parse_date
from mvkt.ecg.formats.person_facts import parse_sex
from mvkt.ecg.formats.reader import Format, Reader, Recording
from mvkt.ecg.formats.readers.fhir_sampled_data import Piece, channels, is_ecg
from mvkt.ecg.formats.readers.json_file import field, has_keys, head_of_json, load, recordings_by_time, time
from mvkt.ecg.formats.recording_file import RecordingFile
from mvkt.ecg.formats.text import number
from mvkt.ecg.formats.user_facts import UserFacts
from mvkt.ecg.record import Record
from mvkt.errors import RecordFormatError

_MOST_RECORDINGS = 10_000
_MOST_BUNDLES = 3
_HERTZ = ("hz", "hertz", "/s")


def recognises(file: RecordingFile) -> bool:
    """Whether a file is JSON with a resource of FHIR."""
    head = head_of_json(file)
    return has_keys(head, "resourceType") or has_keys(head, "valueSampledData")


def recordings(file: RecordingFile) -> Sequence[Recording]:
    """List the recordings of a file by the time at which they began."""
    resources = list(_resources(load(file), _MOST_BUNDLES))
    sampled = [resource for resource in resources if _pieces(resource)]
    observations = [observation for observation in sampled if _is_ecg(observation)] or sampled
    if not 1 <= len(observations) <= _MOST_RECORDINGS:
        raise RecordFormatError(
            f"FHIR: the file holds {len(observations)} recordings (Observation with SampledData); "
            f"expected 1 to {_MOST_RECORDINGS:,}"
        )
    return recordings_by_time(observations, _began, partial(_read, resources), "observation")


def _resources(document: Any, bundles: int) -> Iterator[Mapping[str, Any]]:
    """Yield the resources of a file: one, a list, or those of a bundle."""
    if isinstance(document, list):
        for entry in document:
            yield from _resources(entry, bundles)
    elif isinstance(document, Mapping):
        entries = document.get("entry")
        if document.get("resourceType") == "Bundle" and isinstance(entries, list) and bundles:
            for entry in entries:
                resource = field(entry, "resource")
                if isinstance(resource, Mapping):
                    yield from _resources({**resource, "fullUrl": field(entry, "fullUrl")}, bundles - 1)
        else:
            yield document
            contained = document.get("contained")
            yield from (part for part in contained if isinstance(part, Mapping)) if isinstance(contained, list) else ()


def _pieces(observation: Mapping[str, Any]) -> list[Piece]:
    """Return what of an observation is sampled: of itself and of its components."""
    components = observation.get("component")
    parts = [observation, *(components if isinstance(components, list) else ())]
    return [
        Piece(field(part, "code"), data)
        for part in parts
        if isinstance(data := field(part, "valueSampledData"), Mapping)
    ]


def _is_ecg(observation: Mapping[str, Any]) -> bool:
    return is_ecg(observation.get("code")) or any(is_ecg(piece.code) for piece in _pieces(observation))


def _began(observation: Mapping[str, Any]) -> Any:
    return (
        observation.get("effectiveDateTime")
        or observation.get("effectiveInstant")
        or field(observation, "effectivePeriod", "start")
    )


def _patient(observation: Mapping[str, Any], resources: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the patient to whom an observation refers, or the only one of the file."""
    patients = [resource for resource in resources if resource.get("resourceType") == "Patient"]
    reference = str(field(observation, "subject", "reference") or "").lstrip("#")
    if reference:
        patients = [patient for patient in patients if _has_name(patient, reference)]
    return patients[0] if len(patients) == 1 else {}


def _has_name(patient: Mapping[str, Any], reference: str) -> bool:
    identity = str(patient.get("id") or "")
    return (bool(identity) and reference.rpartition("/")[2] == identity) or reference == patient.get("fullUrl")


def _read(resources: Sequence[Mapping[str, Any]], observation: Mapping[str, Any], given: UserFacts) -> Record:
    patient = _patient(observation, resources)
    found, notes = channels(_pieces(observation), _stated_frequency(observation), given)
    recorded = time(_began(observation))
    return assemble(
        found,
        source="FHIR",
        notes=notes,
        start_time=recorded,
        age=age_at(parse_date(str(patient.get("birthDate") or "")), recorded),
        sex=parse_sex(str(patient.get("gender"))),
        given=given,
    )


def _stated_frequency(observation: Mapping[str, Any]) -> float | None:
    """Return the sampling frequency that a component of its own states, as those of Apple's watches do."""
    components = observation.get("component")
    for component in components if isinstance(components, list) else ():
        codings = field(component, "code", "coding")
        codes = [str(field(coding, "code")) for coding in codings] if isinstance(codings, list) else []
        unit = str(field(component, "valueQuantity", "unit") or field(component, "valueQuantity", "code")).lower()
        if any(code.endswith("SamplingFrequency") for code in codes) and unit in _HERTZ:
            return number(field(component, "valueQuantity", "value"))
    return None


READER = Reader(
    name="FHIR",
    formats=(
        Format(
            name="FHIR Observation",
            files=".json",
            devices="hospital interfaces, Apple Watch by way of apps",
            read_by="mvkt",
            mind="R4 and R5, SampledData, also in a Bundle; E, U and L are missing samples; of several dimensions the "
            "file does not name the leads: give --lead; XML and NDJSON are not read",
        ),
    ),
    recognises=recognises,
    recordings=recordings,
    several=True,
)
