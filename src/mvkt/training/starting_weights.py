"""The weights of a starting network, given to a network that goes on from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from mvkt.ecg.signal import standardise
from mvkt.errors import RecipeError
from mvkt.models import EcgModel
from mvkt.training.batches import NetworkInput
from mvkt.training.dequantised import fit_norms
from mvkt.training.rows import FoldRows
from mvkt.training.starting_network import StartingNetwork

_PERSON = "person_term.weight"
_MEASURED_ROWS = 512


def begin_from(start: StartingNetwork, model: EcgModel, network: NetworkInput, rows: FoldRows) -> frozenset[str]:
    """Give a network the weights of another; in the last layer, those of the classes that both know by the same code.

    Args:
        start: The other network.
        model: Of the same backbone, untrained; it is changed.
        network: Its input.
        rows: That it will learn from; they give the batch normalisation of a network in 8 bits its statistics.

    Returns:
        The names of the parameters that were taken: of the last layer only where all its classes are known.

    Raises:
        BundleError: The weights of the start are damaged.
        RecipeError: They do not fit the backbone.
    """
    own, found = model.state_dict(), start.weights()
    head = _head(tuple(own))
    taken = {name: tensor for name, tensor in found.items() if name not in head}
    strange = [name for name in own if name not in head and (name not in taken or taken[name].shape != own[name].shape)]
    if strange:
        raise RecipeError(
            f"start: {len(strange)} of {len(own)} weights of {start.name} do not fit, {strange[0]} for instance; "
            "expected the same backbone and number of leads"
        )
    known = start.shared(rows.classes)
    model.load_state_dict({**own, **taken, **_known_classes(start, found, own, head, rows.classes)})
    if start.quantised:
        chosen = np.unique(np.linspace(0, len(rows) - 1, min(_MEASURED_ROWS, len(rows))).astype(np.int64))
        fit_norms(model, torch.from_numpy(standardise(rows.select(chosen, network.view), network.spec)))
    whole = head if len(known) == len(rows.classes) else ()
    return frozenset(name for name, _ in model.named_parameters() if name in taken or name in whole)


def _head(names: Sequence[str]) -> tuple[str, ...]:
    """The weights that have a row for each class."""
    *_, last = (name for name in names if name.startswith("classifier.") and name.endswith(".weight"))
    return (last, last.removesuffix("weight") + "bias", _PERSON)


def _known_classes(
    start: StartingNetwork,
    found: Mapping[str, Tensor],
    own: Mapping[str, Tensor],
    head: Sequence[str],
    classes: tuple[str, ...],
) -> dict[str, Tensor]:
    """The last layer with what the start knows; classes that it does not know, auxiliary ones too, begin anew."""
    values = dict(found)
    if start.person_weights:
        values[_PERSON] = torch.tensor(start.person_weights)
    ours = [classes.index(code) for code in start.shared(classes)]
    theirs = [start.classes.index(code) for code in start.shared(classes)]
    made = {}
    for name in head:
        if name in own and name in values:
            made[name] = own[name].clone()
            made[name][ours] = values[name][theirs].to(own[name].dtype)
    return made
