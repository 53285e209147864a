"""Who may send requests: this page in this browser, or whoever has the token. Also the headers of every answer.

A page of another site could otherwise make a browser send requests here (cross-site request forgery), or take a name
that leads to this machine (DNS rebinding) and read the answers.

Source: OWASP cheat sheets on cross-site request forgery and on HTTP headers; Fetch Metadata Request Headers, W3C.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Collection
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlencode, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mvkt.web.problem import problem

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")
COOKIE = "mvkt-token"
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")

CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ]
)

_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}


class Guard:
    """Refuses what does not come from here, and adds headers to every answer."""

    def __init__(self, app: ASGIApp, hosts: Collection[str] = (), token: str = "") -> None:
        """Wrap an application.

        Args:
            app: What is guarded.
            hosts: Names of this server besides those of the loopback interface, without a port.
            token: What every request must know; empty where only this machine can send any.
        """
        self._app, self._token = app, token
        self._hosts = {name.casefold() for name in (*LOOPBACK_NAMES, *hosts)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        answer = self._refusal(scope) or self._admission(scope) or self._app
        await answer(scope, receive, send_with_headers)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not self._is_ours(host, scope):
            return problem(421, "this server is not known by that name; --allow-host NAME makes it so")
        if headers.get("sec-fetch-site") in ("cross-site", "same-site") and not _is_navigation(headers, scope):
            return problem(403, "requests from other sites are refused")
        origin = headers.get("origin")
        if scope["method"] not in _SAFE_METHODS and origin is not None and urlsplit(origin).netloc != host:
            return problem(403, "requests from other sites are refused")
        return None

    def _is_ours(self, host: str, scope: Scope) -> bool:
        try:
            parts = urlsplit(f"//{host}")
            name, _ = (parts.hostname or "").casefold(), parts.port
        except ValueError:
            return False
        if parts.netloc != host or parts.username is not None or parts.path:
            return False
        local = (scope.get("server") or ("",))[0]
        bracketed = f"[{name}]" if ":" in name else name
        return bracketed in self._hosts or (_is_address(name) and name == local)

    def _admission(self, scope: Scope) -> Response | None:
        """Refuse who does not know the token; let a link with the token be followed once, and keep it in a cookie."""
        if not self._token:
            return None
        query = parse_qs(scope["query_string"].decode("latin-1"))
        if scope["path"] == "/" and scope["method"] == "GET" and self._matches(query.pop("token", [""])[0]):
            answer = RedirectResponse("/" + (f"?{urlencode(query, doseq=True)}" if query else ""), 303)
            answer.set_cookie(
                COOKIE, self._token, httponly=True, samesite="strict", secure=scope.get("scheme") == "https"
            )
            return answer
        headers = Headers(scope=scope)
        scheme, _, bearer = headers.get("authorization", "").partition(" ")
        if (scheme.lower() == "bearer" and self._matches(bearer.strip())) or self._matches(_cookie(headers)):
            return None
        detail = "the token is missing: open the link that `mvkt serve` printed, or send Authorization: Bearer TOKEN"
        return problem(401, detail, {"WWW-Authenticate": "Bearer"})

    def _matches(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self._token.encode())


def _is_navigation(headers: Headers, scope: Scope) -> bool:
    """Whether somebody follows a link to the page."""
    return scope["method"] == "GET" and headers.get("sec-fetch-mode") == "navigate" and scope["path"] == "/"


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _cookie(headers: Headers) -> str:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""
