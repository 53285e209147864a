"""Networks that read a recording together."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mvkt.bundle.bundle import Bundle
from mvkt.bundle.packaged import find, manifests
from mvkt.diagnosis.diagnoser import Diagnoser
from mvkt.diagnosis.diagnosis import Diagnosis
from mvkt.diagnosis.network_choice import NAMED, STRIP_CORPORA, NetworkChoice, assumed_lead, choose_networks
from mvkt.diagnosis.prepared_recording import Prepared, prepare
from mvkt.ecg.record import Record
from mvkt.ecg.signal import SignalSpec


@dataclass(frozen=True, eq=False)
class Opinion:
    """The diagnosis of one student, with what it read."""

    diagnoser: Diagnoser
    prepared: Prepared
    diagnosis: Diagnosis


class Panel:
    """The networks that read: the one that is named, or those in the box that see the most of the recording."""

    def __init__(self, bundle: str | Path | None = None) -> None:
        """Open the bundle that is named, if one is.

        Raises:
            BundleError: It is missing, damaged or of another version.
        """
        self._opened: dict[Path, Diagnoser] = {}
        self._named = None if bundle is None else find(bundle)
        self._box: dict[str, str] | None = None
        self._strips: frozenset[str] = frozenset()
        self._found: dict[str, Path] = {}
        if self._named is not None:
            self._diagnoser(self._named)

    def judge(self, record: Record, lead: str | None = None) -> tuple[Opinion, ...]:
        """Diagnose a recording by each of its networks; what they see alike is computed once.

        Raises:
            LeadError: The recording does not have the leads.
            BundleError: A student is damaged, or there is none.
        """
        paths, choice = self._chosen(record, lead)
        seen: dict[tuple[str, SignalSpec, str | None], Prepared] = {}
        opinions = []
        for path in paths:
            diagnoser = self._diagnoser(path)
            manifest = diagnoser.bundle.manifest
            assumed = assumed_lead(record, manifest.view, manifest.corpus)
            key = (manifest.view, manifest.signal, assumed)
            if key not in seen:
                seen[key] = prepare(record, manifest.view, manifest.signal, lead, assumed)
            opinions.append(Opinion(diagnoser, seen[key], diagnoser.judge(seen[key], choice)))
        return tuple(opinions)

    def _chosen(self, record: Record, lead: str | None) -> tuple[tuple[Path, ...], NetworkChoice]:
        if self._named is not None:
            return (self._named,), NetworkChoice(reason=NAMED)
        if self._box is None:
            there = manifests()
            self._box = {name: manifest.view for name, manifest in there.items()}
            self._strips = frozenset(name for name, manifest in there.items() if manifest.corpus in STRIP_CORPORA)
        chosen = choose_networks(record, self._box, lead, self._strips)
        return tuple(self._path(name) for name in chosen.names), chosen.choice

    def _path(self, name: str) -> Path:
        if name not in self._found:  # its files are compared with their digest, which takes time
            self._found[name] = find(name)
        return self._found[name]

    def _diagnoser(self, path: Path) -> Diagnoser:
        if path not in self._opened:
            self._opened[path] = Diagnoser(Bundle.open(path))
        return self._opened[path]
