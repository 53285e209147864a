"""``mvkt sign`` and ``mvkt verify``: the signature of a bundle."""

from __future__ import annotations

from pathlib import Path

import click

from mvkt.cli.console import emit, json_option


@click.command()
@click.argument("bundle", type=click.Path(path_type=Path))
@click.option("--key", type=click.Path(path_type=Path), required=True, help="Private key, a PEM file.")
@click.option("--password", envvar="MVKT_KEY_PASSWORD", show_envvar=True, help="Password of the key, if it has one.")
@json_option
def sign(bundle: Path, key: Path, password: str | None, as_json: bool) -> None:
    """Sign BUNDLE, so that others can check who made it and that nothing was changed.

    The signature stands in the folder of the bundle, as model.sig. Nothing is sent.

    \b
    Examples:
      openssl ecparam -name prime256v1 -genkey -noout -out private.pem
      openssl ec -in private.pem -pubout -out public.pem
      mvkt sign run/bundle --key private.pem
      mvkt verify run/bundle --key public.pem
    """  # noqa: D301 - click keeps the lines after its own escape \b
    from mvkt.bundle.signature import sign as make

    signature = make(bundle, key, password)
    emit({"bundle": str(bundle), "signature": str(signature)}, as_json, lambda: str(signature))


@click.command()
@click.argument("bundle")
@click.option("--key", type=click.Path(path_type=Path), required=True, help="Public key, a PEM file.")
@json_option
def verify(bundle: str, key: Path, as_json: bool) -> None:
    """Check that BUNDLE was signed with the private key that belongs to this public key, and not changed since.

    BUNDLE is a folder or hf://owner/name. Exit code 1 where the signature is missing or wrong.

    \b
    Examples:
      mvkt verify run/bundle --key public.pem
      mvkt verify hf://someone/my-lead --key public.pem
    """  # noqa: D301 - click keeps the lines after its own escape \b
    from mvkt.bundle.packaged import find
    from mvkt.bundle.signature import verify as check

    folder = find(bundle)
    check(folder, key)
    emit({"bundle": str(folder), "verified": True}, as_json, lambda: f"{folder}: signed with this key, unchanged")
