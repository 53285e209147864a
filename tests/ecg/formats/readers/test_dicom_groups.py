"""DICOM files of several multiplex groups."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray

from mvkt.ecg.formats import read
from mvkt.errors import RecordFormatError

Counts = NDArray[np.int16]


def joined(*groups: tuple[bytes, dict[str, Any]]) -> bytes:
    """Put the group of each file into the first file, with other attributes."""
    files = [pydicom.dcmread(io.BytesIO(content)) for content, _ in groups]
    parts = [file.WaveformSequence[0] for file in files]
    for part, (_, attributes) in zip(parts, groups, strict=True):
        for name, value in attributes.items():
            setattr(part, name, value)
    files[0].WaveformSequence = parts
    stream = io.BytesIO()
    files[0].save_as(stream)
    return stream.getvalue()


def label(text: str) -> dict[str, Any]:
    return {"MultiplexGroupLabel": text}


@pytest.mark.parametrize("other", ["MEDIAN BEAT", "CALIBRATION", "Cal pulse"])
@pytest.mark.parametrize("first", [True, False])
def test_groups_that_are_no_recordings(make: SimpleNamespace, counts: Counts, other: str, first: bool) -> None:
    groups = [(make.dicom(counts), label("RHYTHM")), (make.dicom(counts[:300], rate=1000), label(other))]
    record = read(joined(*(groups[::-1] if first else groups)))
    assert (record.leads, record.sampling_frequency, record.age) == (("I", "II"), 500.0, 60)
    np.testing.assert_allclose(record.signal, counts * 0.005, rtol=1e-6)


@pytest.mark.parametrize("first", [True, False])
def test_a_derived_group_without_a_label_is_no_recording(make: SimpleNamespace, counts: Counts, first: bool) -> None:
    groups = [(make.dicom(counts), {}), (make.dicom(counts[:600]), {"WaveformOriginality": "DERIVED"})]
    record = read(joined(*(groups[::-1] if first else groups)))
    assert (record.leads, record.notes) == (("I", "II"), ())
    np.testing.assert_allclose(record.signal, counts * 0.005, rtol=1e-6)


def test_leads_that_another_group_has_are_left_out(make: SimpleNamespace, counts: Counts) -> None:
    record = read(joined((make.dicom(counts), {}), (make.dicom(counts[:600]), {})))
    assert (record.leads, record.notes) == (("I", "II"), ("left out 2 channels of leads that another group has",))
    np.testing.assert_allclose(record.signal, counts * 0.005, rtol=1e-6)


def test_a_fault_in_a_group_that_is_no_recording(make: SimpleNamespace, counts: Counts) -> None:
    content = joined((make.dicom(counts), {}), (make.dicom(counts), label("MEDIAN") | {"WaveformData": b"12"}))
    np.testing.assert_allclose(read(content).signal, counts * 0.005, rtol=1e-6)


def other_leads(content: bytes) -> bytes:
    """Make V1 and V2 of I and II."""
    return content.replace(b"5.6.3-9-1", b"5.6.3-9-3").replace(b"5.6.3-9-2", b"5.6.3-9-4")


def test_leads_in_groups_that_begin_one_after_the_other(make: SimpleNamespace, counts: Counts) -> None:
    later = {"MultiplexGroupTimeOffset": 2 * len(counts)}
    record = read(joined((make.dicom(counts), {}), (other_leads(make.dicom(counts)), later)))
    assert record.leads == ("I", "II", "V1", "V2")
    nothing = np.full(counts.shape, np.nan)
    expected = np.block([[counts * 0.005, nothing], [nothing, counts * 0.005]])
    np.testing.assert_allclose(record.signal, expected, rtol=1e-6)


def test_groups_of_another_rate_are_left_out_with_a_note(make: SimpleNamespace, counts: Counts) -> None:
    other = other_leads(make.dicom(counts[:, :1], rate=250))
    record = read(joined((make.dicom(counts), {}), (other, {})))
    assert (record.leads, record.sampling_frequency) == (("I", "II"), 500.0)
    assert record.notes == ("left out leads sampled at another frequency than 500 Hz: V1 (uV)",)


def test_a_damaged_group_beside_a_sound_one(make: SimpleNamespace, counts: Counts) -> None:
    short = {"WaveformData": b"12"}
    record = read(joined((make.dicom(counts), {}), (other_leads(make.dicom(counts)), short)))
    np.testing.assert_allclose(record.signal, counts * 0.005, rtol=1e-6)
    assert len(record.notes) == 1
    assert record.notes[0].startswith(
        "left out a group of channels: DICOM Waveform: DICOM multiplex group 0: Waveform Data"
    )
    with pytest.raises(RecordFormatError, match="Waveform Data has 2 bytes"):
        read(joined((make.dicom(counts), short), (other_leads(make.dicom(counts)), short)))


@pytest.mark.parametrize("first", [0, 128, 132])
def test_a_file_without_a_preamble(make: SimpleNamespace, counts: Counts, first: int) -> None:
    np.testing.assert_allclose(read(make.dicom(counts)[first:]).signal, counts * 0.005, rtol=1e-6)


def test_a_document_is_no_recording(make: SimpleNamespace, counts: Counts) -> None:
    file = pydicom.dcmread(io.BytesIO(make.dicom(counts)))
    del file.WaveformSequence
    file.EncapsulatedDocument = b"%PDF-1.4"
    stream = io.BytesIO()
    file.save_as(stream)
    with pytest.raises(RecordFormatError, match="holds a picture or a PDF document"):
        read(stream.getvalue())


@pytest.mark.parametrize(
    ("age", "sex", "years"),
    [("060Y", "F", 60), ("018M", "F", 1.5), ("026W", "F", 26 * 7 / 365.25), ("000Y", "F", None)],
)
def test_the_person(make: SimpleNamespace, counts: Counts, age: str, sex: str, years: float | None) -> None:
    data = pydicom.dcmread(io.BytesIO(make.dicom(counts)))
    data.PatientAge, data.PatientSex = age, sex
    stream = io.BytesIO()
    data.save_as(stream)
    record = read(stream.getvalue())
    assert (record.age, record.sex) == (None if years is None else pytest.approx(years), "female")


def test_the_steps_count_where_the_user_gives_their_unit(make: SimpleNamespace, counts: Counts) -> None:
    content = make.dicom(counts, unit="1")
    with pytest.raises(RecordFormatError, match="unit"):
        read(content)
    np.testing.assert_allclose(read(content, unit="uV").signal, counts * 0.005, rtol=1e-6)


@pytest.mark.parametrize("first", [True, False])
def test_an_average_beat_without_a_label_is_the_shorter_group(
    make: SimpleNamespace, counts: Counts, first: bool
) -> None:
    beat = np.column_stack([counts[:300], counts[:300, 0]])
    groups = [(make.dicom(counts), {}), (make.dicom(beat), label("Mittelwert"))]
    record = read(joined(*(groups[::-1] if first else groups)))
    assert (record.leads, record.notes) == (("I", "II"), ("left out 3 channels of leads that another group has",))
    np.testing.assert_allclose(record.signal, counts * 0.005, rtol=1e-6)


def test_a_rhythm_strip_is_longer_than_the_lead_in_its_group(make: SimpleNamespace, counts: Counts) -> None:
    record = read(joined((make.dicom(counts[:250]), {}), (make.dicom(counts[:, :1]), {})))
    assert record.leads == ("II", "I")
    assert np.isnan(record.signal).sum(axis=0).tolist() == [750, 0]


def test_more_channels_than_counted(make: SimpleNamespace, counts: Counts) -> None:
    with pytest.raises(RecordFormatError, match="counts 1 channels and has 2"):
        read(joined((make.dicom(counts), {"NumberOfWaveformChannels": 1})))


def test_a_sensitivity_without_its_unit(make: SimpleNamespace, counts: Counts) -> None:
    data = pydicom.dcmread(io.BytesIO(make.dicom(counts)))
    for channel in data.WaveformSequence[0].ChannelDefinitionSequence:
        del channel.ChannelSensitivityUnitsSequence
    stream = io.BytesIO()
    data.save_as(stream)
    with pytest.raises(RecordFormatError, match="unit"):
        read(stream.getvalue())
    np.testing.assert_allclose(read(stream.getvalue(), unit="uV").signal, counts * 0.005, rtol=1e-6)


def test_a_list_of_files(make: SimpleNamespace, counts: Counts) -> None:
    data = pydicom.dcmread(io.BytesIO(make.dicom(counts)))
    del data.WaveformSequence
    data.DirectoryRecordSequence = [pydicom.Dataset()]
    stream = io.BytesIO()
    data.save_as(stream)
    with pytest.raises(RecordFormatError, match=r"list of the files on a medium .DICOMDIR.; give one of the files"):
        read(stream.getvalue())


def test_without_a_sensitivity_a_unit_is_not_enough(make: SimpleNamespace, counts: Counts) -> None:
    data = pydicom.dcmread(io.BytesIO(make.dicom(counts)))
    for channel in data.WaveformSequence[0].ChannelDefinitionSequence:
        del channel.ChannelSensitivity
    stream = io.BytesIO()
    data.save_as(stream)
    for unit in (None, "uV"):
        with pytest.raises(RecordFormatError, match="no amplitude of a step of lead I, and it is not guessed"):
            read(stream.getvalue(), unit=unit)


def test_fewer_samples_than_are_there(make: SimpleNamespace, counts: Counts) -> None:
    record = read(joined((make.dicom(counts), {"NumberOfWaveformSamples": 700})))
    np.testing.assert_allclose(record.signal, counts[:700] * 0.005, rtol=1e-6)
    assert record.notes == ("the file promises 700 samples a lead: 300 more are left out",)


@pytest.mark.parametrize(("channels", "samples", "there"), [(1, 1000, 2), (2, 500, 4)])
def test_counts_of_another_layout(
    make: SimpleNamespace, counts: Counts, channels: int, samples: int, there: int
) -> None:
    data = pydicom.dcmread(io.BytesIO(make.dicom(counts)))
    group = data.WaveformSequence[0]
    group.NumberOfWaveformChannels, group.NumberOfWaveformSamples = channels, samples
    group.ChannelDefinitionSequence = group.ChannelDefinitionSequence[:channels]
    stream = io.BytesIO()
    data.save_as(stream)
    with pytest.raises(RecordFormatError, match=f"counts {channels} channels and has {there} numbers for each sample"):
        read(stream.getvalue())


def test_an_odd_number_of_bytes_is_filled_up(make: SimpleNamespace, counts: Counts) -> None:
    small = (counts[:999, :1] // 2).astype(np.int8)
    attributes = {"WaveformBitsAllocated": 8, "WaveformSampleInterpretation": "SB"}
    record = read(joined((make.dicom(counts[:999, :1]), attributes | {"WaveformData": small.tobytes() + bytes(1)})))
    np.testing.assert_allclose(record.signal, small * 0.005, rtol=1e-6)
    assert record.notes == ()


@pytest.mark.parametrize("kind", ["MB", "AB"])
def test_companded_samples_are_refused(make: SimpleNamespace, counts: Counts, kind: str) -> None:
    attributes = {"WaveformBitsAllocated": 8, "WaveformSampleInterpretation": kind, "WaveformData": bytes(2000)}
    with pytest.raises(RecordFormatError, match="companded"):
        read(joined((make.dicom(counts), attributes)))


def test_groups_of_the_same_leads_that_follow_one_another(make: SimpleNamespace, counts: Counts) -> None:
    parts = [(make.dicom(counts[at : at + 500]), {"MultiplexGroupTimeOffset": 2 * at}) for at in (0, 500)]
    record = read(joined(*parts))
    np.testing.assert_allclose(record.signal, counts * 0.005, rtol=1e-6)
    assert record.notes == ("joined 2 parts of the same leads, which follow one another",)


@pytest.mark.parametrize("numbers", [1200, 1201, 1999])
def test_fewer_samples_than_promised(make: SimpleNamespace, counts: Counts, numbers: int) -> None:
    """As of a file that was cut off."""
    short = {"WaveformData": counts.tobytes()[: 2 * numbers]}
    record = read(joined((make.dicom(counts), short)))
    np.testing.assert_allclose(record.signal, counts[: numbers // 2] * 0.005, rtol=1e-6)
    assert record.notes == (f"truncated: {numbers // 2:,} of 1,000 samples are there",)
    cut = read(make.dicom(counts)[: numbers - 2000])
    np.testing.assert_allclose(cut.signal, counts[: len(cut.signal)] * 0.005, rtol=1e-6)
    assert cut.notes[0].startswith("truncated: ")


def test_numbers_of_fewer_channels_than_counted(make: SimpleNamespace, counts: Counts) -> None:
    with pytest.raises(RecordFormatError, match="counts 2 channels and has 1 numbers for each sample"):
        read(joined((make.dicom(counts), {"WaveformData": counts[:, 0].tobytes()})))


@pytest.mark.parametrize("lost", [0, 16, 24, 400, 401, 2000])
def test_sequences_without_lengths_in_a_file_that_was_cut_off(make: SimpleNamespace, counts: Counts, lost: int) -> None:
    data = pydicom.dcmread(io.BytesIO(make.dicom(counts)))
    data["WaveformSequence"].is_undefined_length = data.WaveformSequence[0].is_undefined_length_sequence_item = True
    stream = io.BytesIO()
    data.save_as(stream)
    content = stream.getvalue()[: len(stream.getvalue()) - lost]
    record = read(content)
    there = (4000 - max(0, lost - 16)) // 4
    np.testing.assert_allclose(record.signal, counts[:there] * 0.005, rtol=1e-6)
    assert record.notes == (() if there == 1000 else (f"truncated: {there:,} of 1,000 samples are there",))
    with pytest.raises(RecordFormatError, match="DICOM: the file is truncated"):
        read(content[:700])


@pytest.mark.parametrize("fault", [{"WaveformSampleInterpretation": "MB"}, {"NumberOfWaveformChannels": 1}])
def test_a_fault_of_a_group_that_is_not_needed(make: SimpleNamespace, counts: Counts, fault: dict[str, Any]) -> None:
    record = read(joined((make.dicom(counts), {}), (other_leads(make.dicom(counts)), fault)))
    np.testing.assert_allclose(record.signal, counts * 0.005, rtol=1e-6)
    assert record.notes[0].startswith("left out a group of channels: DICOM: ")


@pytest.mark.parametrize(
    ("skews", "late"),
    [
        ([{"ChannelTimeSkew": "0"}, {"ChannelTimeSkew": "0.01"}], 5),
        ([{"ChannelSampleSkew": "-3"}, {"ChannelSampleSkew": "2"}], 5),
        ([{"ChannelSampleSkew": "0.25"}, {"ChannelSampleSkew": "0.5"}], 0),
        ([{"ChannelTimeSkew": "2"}, {"ChannelTimeSkew": "2"}], 0),
    ],
)
def test_when_channels_were_sampled(
    make: SimpleNamespace, counts: Counts, skews: list[dict[str, str]], late: int
) -> None:
    data = pydicom.dcmread(io.BytesIO(make.dicom(counts)))
    for channel, stated in zip(data.WaveformSequence[0].ChannelDefinitionSequence, skews, strict=True):
        for name, value in stated.items():
            setattr(channel, name, value)
    stream = io.BytesIO()
    data.save_as(stream)
    signal = read(stream.getvalue()).signal
    assert len(signal) == 1000 + late
    np.testing.assert_allclose(signal[: len(counts), 0], counts[:, 0] * 0.005, rtol=1e-6)
    np.testing.assert_allclose(signal[late:, 1], counts[:, 1] * 0.005, rtol=1e-6)
    assert np.isnan(signal).sum() == 2 * late


def test_the_label_of_a_channel_whose_source_is_not_known(make: SimpleNamespace, counts: Counts) -> None:
    data = pydicom.dcmread(io.BytesIO(make.dicom(counts)))
    for channel, lead in zip(data.WaveformSequence[0].ChannelDefinitionSequence, ("V1", "aVF"), strict=True):
        channel.ChannelLabel = lead
        channel.ChannelSourceSequence[0].CodeValue = channel.ChannelSourceSequence[0].CodeMeaning = "X1"
    stream = io.BytesIO()
    data.save_as(stream)
    assert read(stream.getvalue()).leads == ("V1", "aVF")


@pytest.mark.parametrize("is_implicit", [False, True])
def test_a_data_set_without_what_stands_before_it(make: SimpleNamespace, counts: Counts, is_implicit: bool) -> None:
    data = pydicom.dcmread(io.BytesIO(make.dicom(counts)))
    stream = io.BytesIO()
    pydicom.dcmwrite(stream, pydicom.Dataset(data), implicit_vr=is_implicit, little_endian=True)
    record = read(stream.getvalue())
    assert (record.leads, record.sampling_frequency, record.sex) == (("I", "II"), 500, "female")
    np.testing.assert_allclose(record.signal, counts * 0.005, rtol=1e-6)
