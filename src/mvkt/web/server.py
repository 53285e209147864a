"""Runs the application: on which address, with whose token, and what is printed about it."""

from __future__ import annotations

import ipaddress
import logging
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn

from mvkt.errors import MvktError
from mvkt.web.application import application
from mvkt.web.limits import Limits
from mvkt.web.patient_protocol import PatientProtocol

LOOPBACK = "127.0.0.1"
_SHORTEST_TOKEN = 16
_TOKEN_BYTES = 24
_GRACEFUL_SECONDS = 3
_MOST_CONNECTIONS = 512
_BACKLOG = 512


class ServeError(MvktError):
    """A server that cannot start as it is wanted."""


@dataclass(frozen=True)
class ServerSettings:
    """Where and for whom the page is served.

    Attributes:
        host: Address to listen on.
        port: To listen on; 0 for any that is free.
        token: What every request must know. Without one, one is made where others than this machine can connect.
        hosts: Names of this server besides those of the loopback interface and its own addresses.
        bundles: Students besides those that come with mvkt.
        limits: What is refused, ended or forgotten.
    """

    host: str = LOOPBACK
    port: int = 8765
    token: str = field(default="", repr=False)
    hosts: tuple[str, ...] = ()
    bundles: tuple[Path, ...] = ()
    limits: Limits = field(default_factory=Limits)


def serve(settings: ServerSettings, announce: Callable[[str, str], None]) -> None:
    """Serve until interrupted.

    Args:
        settings: Where and for whom.
        announce: Called with the address of the page, and with the token if there is one, once all is ready.

    Raises:
        ServeError: The token is too short, or the address cannot be used.
    """
    token = token_for(settings.host, settings.token)
    listening = _listen(settings.host, settings.port)
    port = listening.getsockname()[1]
    logging.basicConfig(format="%(levelname)s: %(message)s", level=logging.WARNING)
    app = application(settings.limits, settings.bundles, settings.hosts, token)
    config = uvicorn.Config(
        app,
        http=PatientProtocol,
        ws="none",
        loop="asyncio",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=_MOST_CONNECTIONS,
        timeout_graceful_shutdown=_GRACEFUL_SECONDS,
    )
    _Server(config, lambda: announce(address(settings.host, port), token)).run([listening])


def token_for(host: str, token: str) -> str:
    """Return the token that requests must know: the given one, else a new one where others can connect, else none.

    Raises:
        ServeError: The given one is too short.
    """
    if token and len(token) < _SHORTEST_TOKEN:
        raise ServeError(
            f"the token has {len(token)} characters; expected {_SHORTEST_TOKEN} or more that nobody guesses"
        )
    return token or ("" if is_loopback(host) else secrets.token_urlsafe(_TOKEN_BYTES))


def is_loopback(host: str) -> bool:
    """Whether only this machine can connect to an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def address(host: str, port: int) -> str:
    """Return the address of the page for a browser on this machine."""
    name = LOOPBACK if host in ("0.0.0.0", "::") else host  # noqa: S104 - compared, not bound
    return f"http://{f'[{name}]' if ':' in name else name}:{port}/"


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(_BACKLOG)
    except (OSError, OverflowError) as error:
        listening.close()
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ServeError(f"cannot listen on {host} port {port}: {reason}; choose another with --port") from error
    return listening


class _Server(uvicorn.Server):
    """A server that reports when it is ready."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()
