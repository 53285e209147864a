"""Bundles on a model hub, with a hub on this machine."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.hub import TOKEN, HubServer

import mvkt
from mvkt.bundle import hub as hubs
from mvkt.bundle import packaged
from mvkt.bundle.bundle import Bundle
from mvkt.bundle.manifest import CARD_FILE, MANIFEST_FILE, MODEL_FILE, SIGNATURE_FILE, WEIGHTS_FILE, read_manifest
from mvkt.ecg.record import Record
from mvkt.errors import BundleError, HubError, MissingExtraError

Make = Callable[..., Path]
ADDRESS = "hf://someone/lead-I"

# Of the hub's library, when it uploads a large file.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


@pytest.fixture
def bundle(make_bundle: Make) -> Path:
    folder = make_bundle()
    (folder / CARD_FILE).write_text("---\nlicense: cc-by-4.0\n---\n# tiny\n")
    return folder


def published(server: HubServer, folder: Path, **further: bytes) -> str:
    """Put a bundle on the hub, without mvkt."""
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    return server.hub.commit("someone/lead-I", files | further)


def fetched(server: HubServer) -> set[str]:
    """Return the files whose content was fetched."""
    return {path.rpartition("/")[2] for method, path in server.hub.requests if method == "GET" and "/resolve/" in path}


def test_what_was_pushed_is_what_is_loaded(hub: HubServer, bundle: Path, beating: Callable[..., Record]) -> None:
    (bundle / "notes.txt").write_text("a patient's name")
    pushed = hubs.push(bundle, "someone/lead-I")
    assert pushed.files == (MANIFEST_FILE, MODEL_FILE, CARD_FILE)
    assert set(hub.hub.commits["someone/lead-I"][-1][1]) == {".gitattributes", *pushed.files}
    assert hub.hub.private == {"someone/lead-I"}
    folder = hubs.fetch(ADDRESS)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        name: (bundle / name).read_bytes() for name in pushed.files
    }
    record = beating()
    assert mvkt.load(ADDRESS).diagnose(record) == mvkt.load(bundle).diagnose(record)
    assert mvkt.load(pushed.address).bundle.manifest == read_manifest(bundle)


def test_the_students_in_the_box_can_be_pushed_as_they_stand(hub: HubServer) -> None:
    """Their cards have the front matter of the hub: licence, tags, library, figures."""
    from huggingface_hub import ModelCard

    hubs.push(packaged.find("lead-I"), "someone/lead-I", private=False)
    assert hub.hub.private == set()
    data = ModelCard(hub.hub.commits["someone/lead-I"][-1][1][CARD_FILE].decode()).data
    assert (data.license, data.library_name) == ("cc-by-4.0", "mvkt")
    assert {"ecg", "onnx"} <= set(data.tags)
    (auc,) = [figure for figure in data.eval_results if figure.metric_type == "roc_auc"]
    assert auc.metric_value == round(
        read_manifest(packaged.find("lead-I")).figures["evaluation"]["macro_auc"]["value"], 4
    )
    assert mvkt.load(ADDRESS).bundle.manifest.view == "I"


def test_what_was_fetched_is_used_without_a_connection(hub: HubServer, bundle: Path) -> None:
    commit = published(hub, bundle)
    first = hubs.fetch(ADDRESS)
    requests = len(hub.hub.requests)
    assert hubs.fetch(f"{ADDRESS}@{commit}") == first
    assert not any("resolve" in path for _, path in hub.hub.requests[requests:]), "nothing is fetched twice"
    hub.hub.status = 503
    assert hubs.fetch(ADDRESS) == first
    hub.stop()
    assert hubs.fetch(ADDRESS) == first
    assert mvkt.load(f"{ADDRESS}@{commit}").bundle.path == first
    with pytest.raises(HubError, match=r"hf://someone/other: .*connection"):
        hubs.fetch("hf://someone/other")


def test_a_newer_commit_is_fetched_and_an_older_one_can_be_named(hub: HubServer, bundle: Path) -> None:
    old = published(hub, bundle)
    hubs.fetch(ADDRESS)
    (bundle / CARD_FILE).write_text("# newer\n")
    published(hub, bundle)
    assert (hubs.fetch(ADDRESS) / CARD_FILE).read_text() == "# newer\n"
    assert "# tiny" in (hubs.fetch(f"{ADDRESS}@{old}") / CARD_FILE).read_text()


def test_only_the_files_of_a_bundle_are_fetched(hub: HubServer, bundle: Path, tmp_path: Path) -> None:
    strangers = {
        "pytorch_model.bin": b"pickle",
        "setup.py": b"import os",
        "sub/bundle.json": b"{}",
        "../bundle.json": b"outside",
        "../../../outside.txt": b"outside",
        "/model.onnx": b"outside",
    }
    published(hub, bundle, **strangers)
    folder = hubs.fetch(ADDRESS, cache=tmp_path / "cache")
    assert sorted(path.name for path in folder.rglob("*")) == sorted([CARD_FILE, MANIFEST_FILE, MODEL_FILE])
    assert fetched(hub) == {CARD_FILE, MANIFEST_FILE, MODEL_FILE}
    assert not list(tmp_path.rglob("outside.txt"))


@pytest.mark.parametrize("file", [MANIFEST_FILE, MODEL_FILE, WEIGHTS_FILE, CARD_FILE, SIGNATURE_FILE])
def test_what_is_too_large_is_refused_before_it_is_fetched(hub: HubServer, bundle: Path, file: str) -> None:
    published(hub, bundle, **{WEIGHTS_FILE: b"", SIGNATURE_FILE: b""})
    hub.hub.sizes[file] = hubs.LARGEST[file] + 1
    with pytest.raises(BundleError, match=rf"{file} of hf://someone/lead-I has .* bytes; at most"):
        hubs.fetch(ADDRESS)
    assert fetched(hub) == set()


@pytest.mark.parametrize("missing", [MANIFEST_FILE, MODEL_FILE])
def test_what_is_no_bundle_is_refused_before_it_is_fetched(hub: HubServer, bundle: Path, missing: str) -> None:
    (bundle / missing).unlink()
    published(hub, bundle)
    with pytest.raises(BundleError, match=f"no bundle of mvkt: it has no {missing}"):
        hubs.fetch(ADDRESS)
    assert fetched(hub) == set()


def test_a_changed_network_is_refused(hub: HubServer, bundle: Path) -> None:
    published(hub, bundle, **{MODEL_FILE: (bundle / MODEL_FILE).read_bytes() + b"\0"})
    with pytest.raises(BundleError, match=r"model.onnx of hf://someone/lead-I is not the file that was exported"):
        hubs.fetch(ADDRESS)


def test_weights_must_be_those_of_the_manifest(hub: HubServer, bundle: Path) -> None:
    published(hub, bundle, **{WEIGHTS_FILE: b"other weights"})
    with pytest.raises(BundleError, match=r"model.safetensors of"):
        hubs.fetch(ADDRESS)
    manifest = json.loads((bundle / MANIFEST_FILE).read_text())
    manifest["checksums"][WEIGHTS_FILE] = "0" * 64
    (bundle / MANIFEST_FILE).write_text(json.dumps(manifest))
    published(hub, bundle)
    with pytest.raises(BundleError, match=r"has no model.safetensors"):
        hubs.fetch(ADDRESS)


@pytest.mark.parametrize(
    "address",
    [
        "hf://",
        "hf://owner",
        "hf://owner/name/more",
        "hf://../name",
        "hf://owner/..",
        "hf://owner/a..b",
        "hf://owner/name@",
        "hf://owner/name@../x",
        "hf://owner/name?x=1",
        "hf://owner/name\n",
        "hf://user:secret@host/name",
    ],
)
def test_a_malformed_address_sends_no_request(hub: HubServer, address: str) -> None:
    with pytest.raises(BundleError, match="is no address of a bundle"):
        mvkt.load(address)
    assert hub.hub.requests == []


@pytest.mark.parametrize("name", ["name", "owner/name/more", "../name", "hf://owner/name", ""])
def test_a_malformed_name_of_a_repository_sends_no_request(hub: HubServer, bundle: Path, name: str) -> None:
    with pytest.raises(BundleError, match="is no name of a repository"):
        hubs.push(bundle, name)
    assert hub.hub.requests == []


def test_what_cannot_be_pushed_sends_nothing(hub: HubServer, bundle: Path, make_bundle: Make) -> None:
    with pytest.raises(BundleError, match="has no card"):
        hubs.push(make_bundle("without-card"), "someone/lead-I")
    (bundle / WEIGHTS_FILE).write_bytes(b"of another network")
    with pytest.raises(BundleError, match="not the file that was exported"):
        hubs.push(bundle, "someone/lead-I")
    with pytest.raises(BundleError, match="no bundle at"):
        hubs.push(bundle / "nowhere", "someone/lead-I")
    assert hub.hub.requests == []


def test_pushing_again_replaces_and_deletes(hub: HubServer, bundle: Path) -> None:
    (bundle / SIGNATURE_FILE).write_text("{}")
    hubs.push(bundle, "someone/lead-I")
    (bundle / SIGNATURE_FILE).unlink()
    (bundle / CARD_FILE).write_text("# newer\n")
    hubs.push(bundle, "someone/lead-I", message="newer")
    assert set(hub.hub.commits["someone/lead-I"][-1][1]) == {".gitattributes", MANIFEST_FILE, MODEL_FILE, CARD_FILE}
    assert hubs.push(bundle, "someone/lead-I").files == (MANIFEST_FILE, MODEL_FILE, CARD_FILE)


def test_loading_sends_nothing(hub: HubServer, bundle: Path, beating: Callable[..., Record]) -> None:
    published(hub, bundle)
    mvkt.load(ADDRESS).diagnose(beating())
    mvkt.load(bundle).diagnose(beating())
    assert {method for method, _ in hub.hub.requests} <= {"GET", "HEAD"}


def test_private_repositories_need_the_token(hub: HubServer, bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    published(hub, bundle)
    hub.hub.private.add("someone/lead-I")
    assert Bundle.open(hubs.fetch(ADDRESS)).manifest.view == "I"
    monkeypatch.setenv("HF_TOKEN", "hf_another")
    with pytest.raises(HubError, match=r"no such repository, or does not show it to you.*HF_TOKEN"):
        hubs.fetch("hf://someone/private")
    with pytest.raises(HubError, match=r"status 401; set HF_TOKEN"):
        hubs.push(bundle, "someone/lead-I")


def test_errors_of_the_hub(hub: HubServer, bundle: Path) -> None:
    published(hub, bundle)
    with pytest.raises(HubError, match="no such branch, tag or commit"):
        hubs.fetch(f"{ADDRESS}@v9")
    hub.hub.status = 418
    with pytest.raises(HubError, match="status 418") as caught:
        hubs.fetch(ADDRESS)
    assert TOKEN not in str(caught.value)
    assert isinstance(caught.value, OSError)


def test_without_the_library(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(
        MissingExtraError, match=r"hf://someone/lead-I needs huggingface_hub: pip install 'mvkt\[hub\]'"
    ):
        mvkt.load(ADDRESS)
    with pytest.raises(MissingExtraError, match=r"mvkt\[hub\]"):
        hubs.push(bundle, "someone/lead-I")
    assert mvkt.load(bundle).bundle.manifest.name == "tiny"
