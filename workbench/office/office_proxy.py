"""The proxy of an office: that of JupyterHub, written in Python, with the TLS that it does not bring."""

from __future__ import annotations

import ssl
import sys
from typing import Any

from tornado.httpserver import HTTPServer

TLS_OPTIONS = ("--ssl-cert", "--ssl-key")
"""The options by which the hub tells where certificate and key lie."""


def main() -> None:
    """Serve until the hub ends it; the server for people speaks TLS where the hub says so."""
    from configurable_http_proxy import cli

    words, stated = without_tls(sys.argv[1:])
    # The proxy makes its server for people first, then that of its routes, which listens on this machine alone.
    contexts = iter([tls_context(*stated) if stated else None, None])
    cli.HTTPServer = lambda application: HTTPServer(application, ssl_options=next(contexts))
    cli.main(args=words)


def without_tls(words: list[str]) -> tuple[list[str], tuple[str, str] | None]:
    """Return the words without the options of TLS, and what these state: certificate and key, or nothing."""
    stated: dict[str, str] = {}
    left: list[str] = []
    remaining = iter(words)
    for word in remaining:
        name, mark, value = word.partition("=")
        if name in TLS_OPTIONS:
            stated[name] = value if mark else next(remaining, "")
        else:
            left.append(word)
    found = tuple(stated.get(name, "") for name in TLS_OPTIONS)
    return left, (found[0], found[1]) if all(found) else None


def tls_context(certificate: str, key: str) -> Any:
    """Return the context of a server with this certificate, of TLS 1.2 or newer."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    return context


if __name__ == "__main__":
    main()
