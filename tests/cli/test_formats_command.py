from __future__ import annotations

import json

from click.testing import CliRunner

from mvkt.cli import main
from mvkt.ecg.formats.catalogue import formats


def test_the_list_for_a_person() -> None:
    result = CliRunner().invoke(main, ["formats"], env={"COLUMNS": "200"})
    assert result.exit_code == 0
    for entry in formats():
        assert entry.name.split()[0] in result.stdout


def test_the_list_as_json() -> None:
    result = CliRunner().invoke(main, ["formats", "--json"])
    listed = json.loads(result.stdout)
    assert [entry["name"] for entry in listed["read"]] == [entry.name for entry in formats()]
    assert set(listed["read"][0]) == {"name", "files", "devices", "read_by", "mind", "tried_on"}
    assert listed["written"] == {"wfdb": [".hea", ".dat"], "csv": [".csv"], "edf": [".edf"]}
