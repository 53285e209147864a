"""Leads of ECGDataKit as channels."""

from __future__ import annotations

import io
import struct
from types import SimpleNamespace
from typing import Any

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray

from mvkt.ecg.formats import read
from mvkt.ecg.formats.assemble import Channel
from mvkt.ecg.formats.readers.hospital_channels import late
from mvkt.errors import RecordFormatError

Counts = NDArray[np.int16]


def test_exact_frequencies(make: SimpleNamespace, counts: Counts) -> None:
    two = counts[:, 0]
    assert read(make.dicom(counts, rate=511.4)).sampling_frequency == 511.4
    assert read(make.aecg(counts, increment="0.0019551")).sampling_frequency == pytest.approx(1 / 0.0019551)
    assert read(make.edf([("I", "mV", two[:769])], seconds=3)).sampling_frequency == pytest.approx(769 / 3)
    assert read(make.mfer(counts, interval=(0, -1, 5114))).sampling_frequency == pytest.approx(511.4)
    assert read(make.mfer(counts, interval=(1, -4, 20))).sampling_frequency == 500


@pytest.mark.parametrize("unit", [None, "uV"])
def test_a_step_of_ishne_that_is_not_stated(make: SimpleNamespace, counts: Counts, unit: str | None) -> None:
    content = make.ishne(counts).replace(struct.pack("<12h", *[5000] * 12), struct.pack("<12h", *[-9] * 12))
    with pytest.raises(RecordFormatError, match="no amplitude of a step"):
        read(content, unit=unit)


def test_a_short_lead_may_begin_late_beside_a_long_one() -> None:
    channel = Channel("V4", np.ones(10, dtype=np.float32), "mV", 500)
    assert np.isnan(late(channel, 3000, 1000).signal).sum() == 3000
    with pytest.raises(RecordFormatError, match="begins 3,000 samples late"):
        late(channel, 3000)


def test_lead_faults_of_ishne_are_missing(make: SimpleNamespace, counts: Counts) -> None:
    broken = counts.copy()
    broken[100:200, 1] = -32768
    record = read(make.ishne(broken))
    assert np.flatnonzero(np.isnan(record.signal[:, 1])).tolist() == list(range(100, 200))
    assert np.isfinite(record.signal[:, 0]).all()


def test_unnamed_leads_of_a_holter_are_not_taken_for_limb_leads(make: SimpleNamespace, counts: Counts) -> None:
    assert read(make.ishne(counts, lead_codes=(0, 1))).leads == ("Channel 1", "Channel 2")


def test_leads_recorded_one_after_the_other_keep_their_time(make: SimpleNamespace, counts: Counts) -> None:
    record = read(make.scp(counts, starts=(1, 1001)))
    assert record.signal.shape == (2000, 2)
    assert np.isnan(record.signal[1000:, 0]).all()
    assert np.isnan(record.signal[:1000, 1]).all()
    np.testing.assert_allclose(record.signal[1000:, 1], counts[:, 1] * 0.005, atol=1e-6)


def test_a_lead_that_begins_absurdly_late_takes_no_memory(make: SimpleNamespace, counts: Counts) -> None:
    with pytest.raises(RecordFormatError, match="begins 3,000,000,000 samples late"):
        read(make.scp(counts, starts=(1, 3_000_000_001)))


@pytest.mark.parametrize("scale", ["", "five"])
def test_a_scale_that_is_no_number_is_not_taken_for_1(make: SimpleNamespace, counts: Counts, scale: str) -> None:
    content = make.aecg(counts).replace(b'<scale value="5"', f'<scale value="{scale}"'.encode())
    with pytest.raises(RecordFormatError, match="states no amplitude of a step of lead I"):
        read(content)


def changed_dicom(content: bytes, group: dict[str, Any], **channel: Any) -> bytes:
    """Change the attributes of the group and of its second channel."""
    data = pydicom.dcmread(io.BytesIO(content))
    part = data.WaveformSequence[0]
    for element, attributes in ((part, group), (part.ChannelDefinitionSequence[1], channel)):
        for name, value in attributes.items():
            setattr(element, name, value)
    if "WaveformBitsStored" in channel:
        part.ChannelDefinitionSequence[0].WaveformBitsStored = channel["WaveformBitsStored"]
    stream = io.BytesIO()
    data.save_as(stream)
    return stream.getvalue()


def test_the_sign_of_fewer_bits_than_there_is_room_for(make: SimpleNamespace, counts: Counts) -> None:
    waves = counts - np.int16(40)
    unsigned = waves.astype(np.int32) & 0xFFF
    content = changed_dicom(make.dicom(unsigned.astype(np.int16)), {}, WaveformBitsStored=12)
    record = read(content)
    np.testing.assert_allclose(record.signal, waves * 0.005, atol=1e-6)
    assert record.notes == ("samples of 12 bits are stored without their sign, which is the highest of these bits",)


def test_a_baseline_of_unsigned_samples_is_no_sign(make: SimpleNamespace, counts: Counts) -> None:
    """Converters of 12 bits count from 0, and the baseline in the file is their middle."""
    data = pydicom.dcmread(io.BytesIO(make.dicom(counts + np.int16(2048))))
    for channel in data.WaveformSequence[0].ChannelDefinitionSequence:
        channel.WaveformBitsStored, channel.ChannelBaseline = 12, -2048 * 5
    stream = io.BytesIO()
    data.save_as(stream)
    record = read(stream.getvalue())
    np.testing.assert_allclose(record.signal, counts * 0.005, atol=1e-5)
    assert record.notes == ()


@pytest.mark.parametrize("status", ["TEST DATA", "DISCONNECTED", "OK"])
def test_what_a_file_marks_is_a_note(make: SimpleNamespace, counts: Counts, status: str) -> None:
    notes = read(changed_dicom(make.dicom(counts), {}, ChannelStatus=status)).notes
    assert notes == ((f"the file marks lead II as {status}",) if status != "OK" else ())


@pytest.mark.parametrize("offsets", [("0", "2500"), ("2500", "2500")])
def test_a_time_offset_whose_unit_is_not_known(make: SimpleNamespace, counts: Counts, offsets: tuple[str, str]) -> None:
    content = make.muse(counts)
    for lead, offset in zip((b"I", b"II"), offsets, strict=True):
        name = b"<LeadID>%s</LeadID>" % lead
        content = content.replace(name, name + b"<LeadTimeOffset>%s</LeadTimeOffset>" % offset.encode())
    record = read(content)
    np.testing.assert_allclose(record.signal, counts * 0.005, atol=1e-6)
    assert ["LeadTimeOffset 2500" in note for note in record.notes] == [True] * (offsets[0] != offsets[1])


def test_no_step_of_mortara(make: SimpleNamespace, examples: dict[str, bytes]) -> None:
    content = examples["Mortara ELI (EL250/ELI280)"].replace(b'UNITS_PER_MV="200"', b'UNITS_PER_MV="0"')
    for unit in (None, "uV"):
        with pytest.raises(RecordFormatError, match="no amplitude of a step of lead I, and it is not guessed"):
            read(content, unit=unit)


def test_a_lead_that_was_off(make: SimpleNamespace, counts: Counts) -> None:
    content = make.muse(counts).replace(b"<LeadID>II</LeadID>", b"<LeadID>II</LeadID><LeadOff>TRUE</LeadOff>")
    assert read(content).notes == ("the file marks lead II as LEAD OFF",)


def test_a_channel_that_was_sampled_later(make: SimpleNamespace, counts: Counts) -> None:
    signal = read(changed_dicom(make.dicom(counts), {}, ChannelSampleSkew="2")).signal
    assert np.isnan(signal[:2, 1]).all()
    np.testing.assert_allclose(signal[2:, 1], counts[:, 1] * 0.005, atol=1e-6)


@pytest.mark.parametrize(("interval", "frequency"), [(7000, 1e6 / 7000), (1953, 512), (3333, 300), (2000, 500)])
def test_frequencies_of_whole_microseconds(
    make: SimpleNamespace, counts: Counts, interval: int, frequency: float
) -> None:
    content = make.scp(counts).replace(struct.pack("<HH", 5000, 2000), struct.pack("<HH", 5000, interval))
    assert read(content).sampling_frequency == pytest.approx(frequency, rel=1e-9)
