"""The examples for clusters have the form that clusters take."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import jsonschema
import yaml
from click.testing import CliRunner

from mvkt.cli import main

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "scale.md"

TEXT = {"type": "string", "minLength": 1}
CONTAINER = {
    "type": "object",
    "required": ["name", "image", "resources"],
    "additionalProperties": False,
    "properties": {
        "name": TEXT,
        "image": TEXT,
        "resources": {
            "type": "object",
            "required": ["requests"],
            "additionalProperties": {"type": "object", "additionalProperties": TEXT},
        },
        "env": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name", "value"],
                "additionalProperties": False,
                "properties": {"name": TEXT, "value": TEXT},
            },
        },
        "volumeMounts": {"type": "array", "items": {"type": "object", "required": ["name", "mountPath"]}},
    },
}
PODS = {
    "type": "object",
    "required": ["spec"],
    "properties": {
        "spec": {
            "type": "object",
            "required": ["containers"],
            "properties": {"containers": {"type": "array", "minItems": 1, "items": CONTAINER}},
        }
    },
}
GROUP = {"rayStartParams": {"type": "object", "additionalProperties": TEXT}, "template": PODS}
WORKERS = {
    **GROUP,
    "groupName": TEXT,
    **{name: {"type": "integer", "minimum": 0} for name in ("replicas", "minReplicas", "maxReplicas")},
}
RAY_JOB = {
    "type": "object",
    "required": ["apiVersion", "kind", "metadata", "spec"],
    "additionalProperties": False,
    "properties": {
        "apiVersion": {"const": "ray.io/v1"},
        "kind": {"const": "RayJob"},
        "metadata": {
            "type": "object",
            "required": ["name"],
            "properties": {"name": {"type": "string", "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"}},
        },
        "spec": {
            "type": "object",
            "required": ["entrypoint", "rayClusterSpec"],
            "additionalProperties": False,
            "properties": {
                "entrypoint": TEXT,
                "shutdownAfterJobFinishes": {"type": "boolean"},
                "backoffLimit": {"type": "integer", "minimum": 0},
                "rayClusterSpec": {
                    "type": "object",
                    "required": ["headGroupSpec"],
                    "additionalProperties": False,
                    "properties": {
                        "headGroupSpec": {
                            "type": "object",
                            "required": [*GROUP],
                            "additionalProperties": False,
                            "properties": GROUP,
                        },
                        "workerGroupSpecs": {
                            "type": "array",
                            "items": {
                                "type": "object",
                                "required": [*WORKERS],
                                "additionalProperties": False,
                                "properties": WORKERS,
                            },
                        },
                    },
                },
            },
        },
    },
}
"""What the examples use of ``ray.io/v1`` and of Kubernetes, and nothing else."""


def block(language: str) -> str:
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL | re.M)
    return found


def options_of(command: str) -> set[str]:
    return set(re.findall(r"--[a-z-]+", CliRunner().invoke(main, [command, "--help"]).output))


def test_the_job_of_kubernetes() -> None:
    job = yaml.safe_load(block("yaml"))
    jsonschema.validate(job, RAY_JOB)
    program, command, *arguments = shlex.split(job["spec"]["entrypoint"])
    assert (program, command) == ("mvkt", "diagnose")
    assert {word for word in arguments if word.startswith("--")} <= options_of("diagnose")
    cluster = job["spec"]["rayClusterSpec"]
    pod = cluster["headGroupSpec"]["template"]["spec"]
    mounted = {mount["name"] for mount in pod["containers"][0]["volumeMounts"]}
    assert mounted == {volume["name"] for volume in pod["volumes"]}
    cpus = sum(
        group["replicas"] * int(group["template"]["spec"]["containers"][0]["resources"]["requests"]["cpu"])
        for group in cluster["workerGroupSpecs"]
    )
    assert int(arguments[arguments.index("--workers") + 1]) <= cpus


def test_the_script_of_slurm() -> None:
    script = block("bash")
    subprocess.run(["bash", "-n"], input=script, text=True, check=True, timeout=30)
    options = dict(re.findall(r"^#SBATCH --([a-z-]+)=?(.*)$", script, flags=re.M))
    assert {"nodes", "ntasks-per-node", "gpus-per-node", "time"} <= options.keys()
    assert options["ntasks-per-node"] == "1", "torchrun starts the processes of a machine"
    assert f"--nproc-per-node {options['gpus-per-node']}" in script
    train = script[script.index("-m mvkt train") :]
    assert set(re.findall(r"--[a-z-]+", train)) <= options_of("train")
