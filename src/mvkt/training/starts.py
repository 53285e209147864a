"""What the networks of a recipe go on from, resolved against a corpus, with everything checked before training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from mvkt.corpora.corpus import Corpus
from mvkt.corpora.corpus_manifest import SIGNALS_FILE, Split
from mvkt.corpora.table_part import disjoint
from mvkt.errors import RecipeError
from mvkt.evaluation.result_sections import LearnedFrom, NetworkStart
from mvkt.models import resolve_settings
from mvkt.training.network_settings import ModelSettings, NetworkSettings
from mvkt.training.recipe import Recipe
from mvkt.training.starting_network import StartingNetwork, find_start

_FOLDS_OF_ITS_OWN = ("folder", "simulated")
"""Sources of which every corpus has other recordings and other folds."""

Network = TypeVar("Network", bound=NetworkSettings)


@dataclass(frozen=True)
class Starts:
    """The starting networks of a recipe.

    Attributes:
        networks: By what the recipe calls them.
        facts: Of each network that goes on from another, by its role.
        notes: What was chosen and what is doubtful, a line each.
    """

    networks: Mapping[str, StartingNetwork] = field(default_factory=dict)
    facts: Mapping[str, NetworkStart] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def on_classes(self, classes: Sequence[str]) -> Iterator[str]:
        """Yield a line for each network on which classes its start knows."""
        for role, start in self.facts.items():
            known = [code for code in classes if code in start.classes]
            found = f"knows {', '.join(known)}" if known else "knows none of the classes"
            yield f"{role}: its start {found}" + ("; all others begin anew" if known and known != [*classes] else "")


NO_STARTS = Starts()


def resolve_starts(
    recipe: Recipe, networks: Mapping[str, NetworkSettings], corpus: Corpus, split: Split
) -> tuple[Recipe, Starts]:
    """Find what the networks of a recipe go on from, and give them the backbones of their starts.

    Args:
        recipe: What is trained.
        networks: Its networks that are trained, by role.
        corpus: What they learn from.
        split: Of its folds.

    Returns:
        The recipe with those backbones, and the starts.

    Raises:
        RecipeError: A start does not exist, sees other leads, reads another sampling frequency, or has learned from
            records that are to choose or to measure; all faults are in the message.
        BundleError: A start is a damaged bundle.
    """
    names = {network.start for network in networks.values() if network.start}
    if not names:
        return recipe, NO_STARTS
    found = {name: find_start(name) for name in sorted(names)}
    begun = [
        _Begun(role, network, found[network.start], corpus, split)
        for role, network in networks.items()
        if network.start
    ]
    faults = [fault for each in begun for fault in each.faults()]
    if faults:
        lines = "".join(f"\n  {fault}" for fault in faults)
        raise RecipeError(f"recipe {recipe.name!r} cannot go on from its starts on the corpus {corpus.path}:{lines}")
    facts, notes = {each.role: each.facts for each in begun}, [note for each in begun for note in each.notes()]
    return _with_backbones(recipe, found), Starts(found, facts, tuple(notes))


@dataclass(frozen=True)
class _Begun:
    """A network that goes on from another, for a corpus and a split of its folds."""

    role: str
    network: NetworkSettings
    start: StartingNetwork
    corpus: Corpus
    split: Split

    @property
    def facts(self) -> NetworkStart:
        return NetworkStart(
            name=self.start.name,
            sha256=self.start.sha256,
            view=self.start.view,
            classes=self.start.classes,
            rate=self.network.start_rate,
            learned_from=self.start.learned_from,
        )

    def faults(self) -> Iterator[str]:
        """Yield why the network cannot go on from its start."""
        role, network, start, corpus = self.role, self.network, self.start, self.corpus
        ours, theirs = network.leads, start.leads
        if ours != theirs and (len(ours), len(theirs)) != (1, 1):
            yield (
                f"{role}: its start {start.name} sees {start.view}, it is to see {network.view}: expected the same "
                "leads, or a single lead for a single lead"
            )
        rate = corpus.signal.sampling_frequency
        if start.signal.sampling_frequency != rate:
            yield (
                f"{role}: its start {start.name} reads {start.signal.sampling_frequency:g} samples a second, the "
                f"corpus has {rate:g}: prepare the corpus with --sampling-frequency {start.signal.sampling_frequency:g}"
            )
        for learned in start.learned_from:
            known = sorted(self._leaked(learned))
            if known:
                yield (
                    f"{role}: its start {start.name} has learned from {_folds(known)} of "
                    f"{learned.source}, by which this run chooses or measures: its figures would be too good. Take a "
                    "start that has not, or other folds, or none (start = '')"
                )

    def _leaked(self, learned: LearnedFrom) -> set[int]:
        """The folds that a start knows and by which a run chooses or measures."""
        manifest, split = self.corpus.manifest, self.split
        same = learned.checksum == manifest.checksums[SIGNALS_FILE]
        if not same and (learned.source != manifest.source or manifest.source in _FOLDS_OF_ITS_OWN):
            return set()
        if not same and disjoint(learned.part, manifest.part):
            return set()
        chosen_by = set(learned.validation) & set(split.test)
        return chosen_by | set(learned.training) & {*split.validation, *split.test}

    def notes(self) -> Iterator[str]:
        """Yield what was chosen and what is doubtful."""
        role, network, start, corpus = self.role, self.network, self.start, self.corpus
        sources = ", ".join(dict.fromkeys(f"{each.source} ({each.records:,} records)" for each in start.learned_from))
        begins = f"{role}: goes on from {start.name}, trained on {sources or 'unknown recordings'}"
        yield f"{begins}; learning rate of its body times {network.start_rate:g}"
        if network.view != start.view:
            yield f"{role}: its start saw {start.view}, it sees {network.view}"
        if not _same_backbone(network.model, start):
            settings = ", ".join(f"{key} {value}" for key, value in start.model.items() if key != "name")
            yield f"{role}: has the backbone of its start, {start.model['name']} ({settings}), not that of the recipe"
        standardise = network.standardise or corpus.signal.standardise
        if start.signal.standardise != standardise:
            yield f"{role}: its start was standardised by {start.signal.standardise!r}, it is by {standardise!r}"
        if start.signal.band != corpus.signal.band:
            yield f"{role}: its start read the band {start.signal.band} Hz, the corpus has {corpus.signal.band}"
        if not start.learned_from:
            yield f"warning: {start.name} does not state what it learned from; from test records, figures are too good"
        manifest = corpus.manifest
        for learned in start.learned_from:
            other = learned.source == manifest.source and learned.checksum != manifest.checksums[SIGNALS_FILE]
            if other and not disjoint(learned.part, manifest.part):
                yield (
                    f"warning: {start.name} learned from another corpus of {learned.source}: if patients of the "
                    "validation and test folds are among its training patients, figures are too good"
                )


def _folds(folds: Sequence[int]) -> str:
    return f"fold{'s' if len(folds) > 1 else ''} {', '.join(map(str, folds))}"


def _same_backbone(model: ModelSettings, start: StartingNetwork) -> bool:
    name, settings = start.model["name"], {key: value for key, value in start.model.items() if key != "name"}
    resolved = resolve_settings(model.name, leads=1, classes=1, **model.settings)
    return model.name == name and resolved == resolve_settings(name, leads=1, classes=1, **settings)


def _with_backbones(recipe: Recipe, found: Mapping[str, StartingNetwork]) -> Recipe:
    def changed(network: Network) -> Network:
        start = found.get(network.start or "")
        if start is None or _same_backbone(network.model, start):
            return network
        return network.model_copy(update={"model": ModelSettings.model_validate(start.model)})

    changes = {
        "student": changed(recipe.student),
        "teacher": changed(recipe.teacher),
        "further_teachers": tuple(changed(teacher) for teacher in recipe.further_teachers),
        "assistant": changed(recipe.assistant) if recipe.assistant else None,
    }
    return recipe.model_copy(update=changes)
