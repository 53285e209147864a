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
    """Give a network the weights of another, and a new last layer where it learns other classes.

    Args:
        start: The other network.
        model: Of the same backbone, untrained; it is changed.
        network: Its input.
        rows: That it will learn from; they give the batch normalisation of a network in 8 bits its statistics.

    Returns:
        The names of the parameters of the body that were taken.

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
    model.load_state_dict({**own, **taken, **_known_classes(start, found, own, head, rows.classes)})
    if start.quantised:
        chosen = np.unique(np.linspace(0, len(rows) - 1, min(_MEASURED_ROWS, len(rows))).astype(np.int64))
        fit_norms(model, torch.from_numpy(standardise(rows.select(chosen, network.view), network.spec)))
    return frozenset(name for name, _ in model.named_parameters() if name in taken)


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
    """The last layer of the start, where the network learns the same classes; auxiliary ones begin anew."""
    number = len(start.classes)
    if classes[:number] != start.classes:
        return {}
    known = dict(found)
    if start.person_weights:
        known[_PERSON] = torch.tensor(start.person_weights)
    made = {}
    for name in head:
        if name in own and name in known:
            made[name] = own[name].clone()
            made[name][:number] = known[name][:number]
    return made
