"""``bundle.json``, also when it comes from somebody who means harm."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from mvkt.bundle.manifest import read_manifest
from mvkt.ecg.rhythm_head import RhythmHead
from mvkt.errors import BundleError

Make = Callable[..., Path]


def edit(folder: Path, **changes: Any) -> Path:
    """Change keys of ``bundle.json``; None takes a key away."""
    path = folder / "bundle.json"
    content = json.loads(path.read_text()) | changes
    path.write_text(json.dumps({key: value for key, value in content.items() if value is not None}))
    return folder


def test_manifest_survives_the_file(make_bundle: Make) -> None:
    manifest = read_manifest(make_bundle(view="I+II+V2", thresholds=(0.1, 0.2, 0.3)))
    assert manifest.leads == ("I", "II", "V2")
    assert manifest.thresholds == (0.1, 0.2, 0.3)
    assert manifest.title("AF") == "atrial fibrillation"
    assert manifest.title("STD") == "STD"


def test_inconclusive_bands(make_bundle: Make) -> None:
    assert read_manifest(make_bundle("plain")).bands == (None, None, None)
    banded = read_manifest(make_bundle("banded", inconclusive=((0.3, 0.5), (0.4, 0.4), (0.0, 1.0))))
    assert banded.bands == ((0.3, 0.5), None, (0.0, 1.0))


def test_the_rhythm_head_gives_a_shift_of_the_logits(make_bundle: Make, rhythm_head: Callable[..., RhythmHead]) -> None:
    windows = np.random.default_rng(0).normal(0, 200, (2, 1, 1000)).astype(np.int16)
    assert not read_manifest(make_bundle("plain")).rhythm_shift(windows).any()
    manifest = read_manifest(make_bundle("beside", rhythm=rhythm_head((1.0, 2.0, 3.0))))
    np.testing.assert_allclose(manifest.rhythm_shift(windows), [[1.0, 2.0, 3.0]] * 2)
    for name, wrong in (("two", {"rhythm": rhythm_head((1.0, 2.0))}), ("leads", {"view": "I+II"})):
        with pytest.raises(ValidationError, match=r"outputs of rhythm for 3|rhythm is of a single lead"):
            make_bundle(name, **({"rhythm": rhythm_head((1.0, 2.0, 3.0))} | wrong))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format_version": None}, "format_version"),
        ({"format_version": "1"}, "format_version"),
        ({"format_version": True}, "format_version"),
        ({"format_version": 2}, "upgrade mvkt"),
        ({"format_version": 0}, "export the bundle again"),
        ({"classes": "AF"}, "classes"),
        ({"classes": []}, "classes"),
        ({"classes": ["AF", "AF", "STD"]}, "classes must differ"),
        ({"thresholds": [0.5, 0.5]}, "2 thresholds for 3 classes"),
        ({"thresholds": [0.5, 0.5, 1.5]}, "thresholds.2"),
        ({"temperatures": [1, 1, 0]}, "temperatures.2"),
        ({"temperatures": [1, 1, "inf"]}, "temperatures.2"),
        ({"view": "I+I"}, "view"),
        ({"view": ["I"]}, "view"),
        ({"signal": {"sampling_frequency": 1e12}}, "signal.sampling_frequency"),
        ({"name": "line\nbreak \x1b[2J"}, "name"),
        ({"checksums": {"../../etc/passwd": "0" * 64}}, "checksum of something else"),
        ({"checksums": {"model.onnx": "../x"}}, "checksums.model.onnx"),
        ({"inconclusive": [[0.1, 0.2]]}, "1 inconclusive bands for 3 classes"),
        ({"inconclusive": [[0.1, 0.2], [0.3, 0.2], [0, 0]]}, "from low to high"),
        ({"inconclusive": [[0.1, 0.2], [0.3, 1.2], [0, 0]]}, "inconclusive.1.1"),
        ({"person_weights": [[0, 0, 0, 0]]}, "1 rows of person_weights for 3 classes"),
        ({"person_weights": [[0, 0]] * 3}, "person_weights.0"),
        ({"despite_noise": ["VT"]}, "despite_noise name classes that there are not"),
        ({"rhythm": {"features": ["pulse"]}}, "rhythm"),
        ({"person_weights": [[0, 0, 0, "nan"]] * 3}, "person_weights.0.3"),
        ({"typical": {"AF": "line\nbreak"}}, "typical.AF"),
        ({"surprise": 1}, "surprise"),
        ({"architecture": 3}, "architecture"),
    ],
)
def test_wrong_contents_are_named(make_bundle: Make, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(BundleError, match=message):
        read_manifest(edit(make_bundle(), **changes))


@pytest.mark.parametrize(
    "content",
    [b"", b"not json", b"\xff\xfe\x00", b"[]", b"null", b'"bundle"', b"[" * 100_000, b'{"format_version": 1'],
)
def test_not_a_manifest(make_bundle: Make, content: bytes) -> None:
    folder = make_bundle()
    (folder / "bundle.json").write_bytes(content)
    with pytest.raises(BundleError, match=r"JSON|format_version"):
        read_manifest(folder)


def test_huge_manifest_is_not_read(make_bundle: Make) -> None:
    folder = make_bundle()
    with (folder / "bundle.json").open("ab") as file:
        file.truncate(10**10)  # sparse: takes no room, but reading it would
    with pytest.raises(BundleError, match="is larger than 4,194,304 bytes"):
        read_manifest(folder)


def test_many_faults_stay_readable_and_do_not_repeat_the_input(make_bundle: Make) -> None:
    folder = edit(make_bundle(), classes=[{"secret": "x" * 1000}] * 2000)
    with pytest.raises(BundleError) as raised:
        read_manifest(folder)
    assert len(str(raised.value)) < 2000
    assert "xxx" not in str(raised.value)
    assert "more" in str(raised.value)


def test_missing_bundles_get_a_message_with_a_way_out(make_bundle: Make, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="mvkt demo"):
        read_manifest(tmp_path / "nowhere")
    with pytest.raises(BundleError, match="a bundle is a folder with"):
        read_manifest(tmp_path)
    make_bundle("bundle")
    with pytest.raises(BundleError, match=r"is a run; its bundle is .*bundle"):
        read_manifest(tmp_path)
