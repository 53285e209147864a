"""What ECGDataKit reads, for the list of formats."""

from __future__ import annotations

from mvkt.ecg.formats.reader import Format, TriedOn

_REAL: TriedOn = "real files"
_DESCRIBED: TriedOn = "its public description"


def _format(
    name: str, files: str, devices: str, mind: str, tried_on: TriedOn = _DESCRIBED, library: str = "ECGDataKit"
) -> Format:
    return Format(name, files, devices, library, mind, tried_on)


HOSPITAL_FORMATS: tuple[Format, ...] = (
    _format(
        "DICOM waveform",
        ".dcm",
        "hospital carts and archives",
        "all rhythm groups of the most common sampling frequency; average beats and calibration pulses are left out; "
        "deflated files are refused",
        _REAL,
        "ECGDataKit, pydicom",
    ),
    _format(
        "Philips Sierra",
        ".xml",
        "PageWriter, TraceMaster",
        "11 s with a 1 mV calibration pulse in the last 0.4 to 0.5 s, which is found by its shape and cut off; the "
        "ECG between 10 s and the pulse is real and kept",
        _REAL,
    ),
    _format("GE MUSE", ".xml", "GE MAC and MUSE", "the rhythm waveform; average beats are left out", _REAL),
    _format("Mortara ELI", ".xml", "Mortara ELI 250, 280", "amplitudes by the stated units per mV"),
    _format(
        "SCP-ECG",
        ".scp",
        "hospital carts",
        "leads recorded one after the other keep their time: NaN where a lead was not recorded",
    ),
    _format(
        "ISHNE",
        ".ecg",
        "Holter recorders",
        "-32768 is a lead fault: missing; leads without a name are 'Channel 1', not lead I",
    ),
    _format("MFER", ".mwf", "Nihon Kohden, Fukuda Denshi", "the samples before the first end mark"),
    _format(
        "XLE",
        ".xle",
        "XLE recorders",
        "reverse-engineered: its scale and 1,000 Hz are not in the file; CR1 to CR6 are not V1 to V6",
    ),
    _format(
        "EDAN Holter",
        ".arc, .hea + .dat",
        "EDAN",
        "recognised and refused: the format does not state its amplitude",
    ),
)
