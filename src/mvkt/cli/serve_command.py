"""``mvkt serve``: the page for looking at recordings, and its interface for programs."""

from __future__ import annotations

from pathlib import Path

import click

from mvkt.cli.console import Number, plain


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="Port; 0 for a free one.")
@click.option("--open", "open_page", is_flag=True, help="Open the page in the browser.")
@click.option(
    "--bundle",
    "bundles",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of a further student to choose from; repeatable.",
)
@click.option(
    "--token-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="File with the token that every request must know; without it MVKT_TOKEN.",
)
@click.option("--allow-host", "hosts", multiple=True, help="Name by which a proxy or people reach this server.")
@click.option("--workers", type=click.IntRange(1, 64), help="Processes that read and diagnose; 2 to 4 by default.")
@click.option(
    "--max-upload", type=click.IntRange(1, 4096), default=512, show_default=True, help="Largest upload in MB."
)
@click.option("--max-memory", type=click.IntRange(64), default=3072, show_default=True, help="Memory for a file in MB.")
@click.option("--max-seconds", type=Number(1), default=120.0, show_default=True, help="Time for a file in seconds.")
@click.option(
    "--keep", type=click.IntRange(16), default=1024, show_default=True, help="Memory for the recordings on view in MB."
)
def serve(
    host: str,
    port: int,
    open_page: bool,
    bundles: tuple[Path, ...],
    token_file: Path | None,
    hosts: tuple[str, ...],
    workers: int | None,
    max_upload: int,
    max_memory: int,
    max_seconds: float,
    keep: int,
) -> None:
    """Serve a page on this machine for looking at recordings and at what is found in them.

    Nothing is sent to any other machine, nothing is written to disk. Only this machine can connect, unless --host
    allows others: then every request needs a token, and encryption (TLS) is the task of a proxy in front of it.
    A research tool, not a medical device.

    \b
    Examples:
      mvkt serve
      mvkt serve --open --bundle run/bundle
      mvkt serve --host 0.0.0.0 --allow-host ecg.example.org --token-file token.txt
    """  # noqa: D301 - click keeps the lines after its own escape \b
    import os

    from mvkt.bundle.manifest import read_manifest
    from mvkt.web.limits import MEGABYTE, Limits
    from mvkt.web.server import ServerSettings, is_loopback
    from mvkt.web.server import serve as run

    for bundle in bundles:
        read_manifest(bundle)
    usual = Limits()
    limits = Limits(
        upload_bytes=max_upload * MEGABYTE,
        uploads_bytes=max(2 * max_upload * MEGABYTE, usual.uploads_bytes),
        seconds=max_seconds,
        memory_bytes=max_memory * MEGABYTE,
        kept_bytes=keep * MEGABYTE,
        workers=workers or usual.workers,
    )
    token = token_file.read_text(encoding="utf-8").strip() if token_file else os.environ.get("MVKT_TOKEN", "")

    def announce(address: str, known: str) -> None:
        link = f"{address}?token={known}" if known else address
        click.echo(f"the page: {plain(link)}", err=True)
        if not is_loopback(host):
            warning = "others can connect; without a proxy that adds TLS, what is sent can be read on the way"
            click.echo(f"warning: {warning}", err=True)
        click.echo("stop with Ctrl-C", err=True)
        if open_page:
            click.launch(link)

    run(ServerSettings(host, port, token, hosts, bundles, limits), announce)
