from __future__ import annotations

import pytest

from mvkt.training.merge import merge

BASE = {
    "task": "all",
    "transfer": {"mkd": 0.5, "clt": 0.1},
    "student": {"view": "I", "model": {"name": "resnet1d", "widths": [8, 16]}, "training": {"epochs": 5}},
}


@pytest.mark.parametrize(
    "changes",
    [
        {"student.training.epochs": 20},
        {"student": {"training": {"epochs": 20}}},
        {"student": {"training.epochs": 20}},
        {"student.training": {"epochs": 20}},
    ],
)
def test_all_ways_to_name_a_key_mean_the_same(changes):
    merged = merge(BASE, changes)
    assert merged["student"]["training"] == {"epochs": 20}
    assert merged["student"]["model"] == BASE["student"]["model"]
    assert merged["transfer"] == BASE["transfer"]
    assert BASE["student"]["training"] == {"epochs": 5}, "the recipe itself is not changed"


def test_what_is_beside_a_key_stays():
    assert merge(BASE, {"transfer": {"mkd": 0}})["transfer"] == {"mkd": 0, "clt": 0.1}
    assert merge(BASE, {"transfer.mkd": 0, "transfer.clt": 0})["transfer"] == {"mkd": 0, "clt": 0}
    assert merge(BASE, {"augmentation.mixup": 0.2})["augmentation"] == {"mixup": 0.2}


def test_a_model_of_the_same_name_keeps_its_settings():
    assert merge(BASE, {"student.model.widths": [4]})["student"]["model"] == {"name": "resnet1d", "widths": [4]}
    same = {"student.model.name": "resnet1d", "student.model.kernel_size": 3}
    assert merge(BASE, same)["student"]["model"] == {"name": "resnet1d", "widths": [8, 16], "kernel_size": 3}


@pytest.mark.parametrize("names_first", [True, False])
def test_a_model_of_another_name_begins_anew(names_first):
    keys = [("student.model.name", "xresnet1d18"), ("student.model.kernel_size", 3)]
    merged = merge(BASE, dict(keys if names_first else reversed(keys)))
    assert merged["student"]["model"] == {"name": "xresnet1d18", "kernel_size": 3}


def test_the_default_model_needs_no_name():
    base = {"student": {"model": {"widths": [8]}}}
    assert merge(base, {"student.model.name": "resnet1d"})["student"]["model"]["widths"] == [8]
    assert "widths" not in merge(base, {"student.model.name": "xresnet1d18"})["student"]["model"]


def test_a_table_instead_of_a_value_and_back():
    assert merge(BASE, {"task": {"name": "x"}})["task"] == {"name": "x"}
    assert merge(BASE, {"transfer": 1})["transfer"] == 1


def test_a_number_in_the_place_of_a_loss_table_is_its_weight():
    tables = {"transfer": {"mkd": {"weight": 0.5, "temperature": 2.0}, "clt": 0.1}}
    assert merge(tables, {"transfer.mkd": 0})["transfer"]["mkd"] == {"weight": 0, "temperature": 2.0}
    assert merge(tables, {"transfer.clt.momentum": 0.9})["transfer"]["clt"] == {"weight": 0.1, "momentum": 0.9}
