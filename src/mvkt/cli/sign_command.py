"""``mvkt sign``: sign a bundle."""

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
