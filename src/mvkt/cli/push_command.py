"""``mvkt push``: send a bundle to a model hub."""

from __future__ import annotations

import click

from mvkt.cli.console import emit, json_option


@click.command()
@click.argument("bundle")
@click.argument("repository", metavar="OWNER/NAME")
@click.option(
    "--private/--public",
    default=True,
    show_default=True,
    help="Visibility of a repository that is made; one that exists stays as it is.",
)
@click.option("--message", default="A bundle of mvkt", show_default=True, help="Message of the commit.")
@json_option
def push(bundle: str, repository: str, private: bool, message: str, as_json: bool) -> None:
    """Send BUNDLE to a model repository on a hub; it is made where there is none.

    The files of the bundle are sent as they stand, nothing else. The token comes from HF_TOKEN or `hf auth login`, the
    address of another hub from HF_ENDPOINT.

    \b
    Examples:
      mvkt push run/bundle someone/my-lead
      mvkt push run/bundle someone/my-lead --public
      mvkt diagnose ecg.csv --bundle hf://someone/my-lead
    """  # noqa: D301 - click keeps the lines after its own escape \b
    from dataclasses import asdict

    from mvkt.bundle.hub import push as send
    from mvkt.bundle.packaged import find

    pushed = send(find(bundle), repository, private=private, message=message)
    emit(asdict(pushed), as_json, lambda: f"{pushed.address}\n{', '.join(pushed.files)}")
