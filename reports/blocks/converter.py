"""Turns charts into SVG in one long-lived process, so that not every kernel starts a JavaScript engine of its own.

A build opens a `Converter` and tells kernels its address in `IGA_CONVERTER`; `svg_of` asks there, and converts by
itself where there is none (in JupyterLab), or where it does not answer. Requests are JSON over a socket file in a
private folder, or where the system has none (Windows) over a port of this machine that no other machine reaches: both
sides prove there that they know the key of this build. The process ends when the build that started it does.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from functools import cache, lru_cache
from html import escape
from multiprocessing.connection import Client, Listener
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from warehouse import disk
from warehouse.child_process import without_window
from warehouse.temporary import temporary_folder

ADDRESS = "IGA_CONVERTER"
KEY = "IGA_CONVERTER_KEY"
"""The secret of one build, in the environment of its kernels and of its converter alone."""
THIS_MACHINE = "127.0.0.1"
NONCE_SIZE = 16
PROOF_SIZE = hashlib.sha256().digest_size
FONTS = "FONTCONFIG_FILE"
"""Where Linux says which folders hold fonts."""
LONGEST_SOCKET_PATH = 90
PATIENCE_S = 60
PATIENCE_WITH_A_CALLER_S = 5
"""How long a kernel may take to say what it wants, while others wait behind it."""
_HERE: ContextVar[dict[str, str] | None] = ContextVar("converter of this thread", default=None)


def svg_of(specification: dict[str, Any], format_locale: dict[str, Any], config: dict[str, Any]) -> str:
    """The SVG of a Vega-Lite specification: numbers in the locale's marks, the look of `config`, nothing fetched.

    Raises ValueError for a specification that cannot be drawn.
    """
    request = {"specification": specification, "format_locale": format_locale, "config": config}
    found = _HERE.get() or os.environ
    if address := found.get(ADDRESS):
        try:
            return _asked(address, found.get(KEY, ""), request)
        except (OSError, EOFError):
            pass  # The converter is gone; a chart must not fail for that.
    return _converted(request)


def _asked(address: str, key: str, request: dict[str, Any]) -> str:
    family, place = _place(address)
    nonce = secrets.token_bytes(NONCE_SIZE)
    with Client(place, family=family) as connection:
        connection.send_bytes(nonce + _proven(key, b"ask" + nonce, json.dumps(request).encode()))
        if not connection.poll(PATIENCE_S):
            raise EOFError
        answer: dict[str, str] = json.loads(_checked(key, b"tell" + nonce, connection.recv_bytes()))
    if "fault" in answer:
        raise ValueError(answer["fault"])
    return answer["svg"]


def _place(address: str) -> tuple[str, Any]:
    """Return the family of an address and what `multiprocessing` calls it: a socket file, or a port's number."""
    return ("AF_INET", (THIS_MACHINE, int(address))) if address.isdecimal() else ("AF_UNIX", address)


def _proven(key: str, purpose: bytes, body: bytes) -> bytes:
    """Return a message with the proof that its sender knows the key before it."""
    return hmac.digest(key.encode(), purpose + body, "sha256") + body


def _checked(key: str, purpose: bytes, message: bytes) -> bytes:
    """Return the body of a message. Raises EOFError when its sender does not know the key."""
    body = message[PROOF_SIZE:]
    if not hmac.compare_digest(message, _proven(key, purpose, body)):
        raise EOFError
    return body


def _has_socket_files() -> bool:
    """Return whether programs of this system meet at a file; Windows has them, but Python does not know it."""
    return os.name == "posix"


def _converted(request: dict[str, Any]) -> str:
    return str(
        _engine().vegalite_to_svg(
            request["specification"],
            format_locale=request["format_locale"],
            config=request["config"],
            allowed_base_urls=[],
            show_warnings=False,
        )
    )


@cache
def _engine() -> Any:
    """vl-convert with the one font that it has within, and none of the machine.

    It looks for fonts when it draws first. Those of the machine would be read anew for each word, and give other widths
    of words, and so other charts, on every machine.
    """
    import vl_convert

    with temporary_folder("fonts") as folder:
        disk.make_folder(folder / "none")
        settings = folder / "fonts.conf"
        text = f"<fontconfig><dir>{escape(str(folder / 'none'))}</dir></fontconfig>"
        disk.write_text(settings, text, synced=False)
        before = os.environ.get(FONTS)
        os.environ[FONTS] = str(settings)
        try:
            vl_convert.vegalite_to_svg(_SMALLEST, allowed_base_urls=[])
        finally:
            if before is None:
                del os.environ[FONTS]
            else:
                os.environ[FONTS] = before
    return vl_convert


class Converter:
    """The converting process, for as long as the context is open; `environment` is what kernels need to find it."""

    def __enter__(self) -> Self:
        self._closing = ExitStack()
        wanted = str(self._closing.enter_context(temporary_folder("svg")) / "socket")
        if not _has_socket_files() or len(wanted) >= LONGEST_SOCKET_PATH:
            wanted = "0"  # any port that is free
        key = secrets.token_hex()
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "reports.blocks.converter", wanted],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": _python_path(), KEY: key},
            start_new_session=True,  # Ctrl-C is for the command, which ends this process
            **without_window(),
        )
        assert self._process.stdout is not None  # noqa: S101 - a pipe was asked for
        address = self._process.stdout.readline().decode().strip()  # It listens there, or has ended.
        self.environment = {ADDRESS: address, KEY: key} if address else {}
        return self

    @contextmanager
    def serving_here(self) -> Iterator[None]:
        """While this is open, charts that are drawn in this very thread are converted there too."""
        before = _HERE.set(self.environment)
        try:
            yield
        finally:
            _HERE.reset(before)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()
        self._closing.close()


def _python_path() -> str:
    here = str(Path(__file__).resolve().parents[2])
    return os.pathsep.join(path for path in (here, os.environ.get("PYTHONPATH", "")) if path)


def _serve(address: str, key: str) -> None:
    """Answer requests one after the other until the program that started this is gone; print where it listens."""
    import threading

    def end_with_parent() -> None:
        sys.stdin.buffer.read()
        os._exit(0)

    threading.Thread(target=end_with_parent, daemon=True).start()
    family, place = _place(address)
    with Listener(place, family=family, backlog=64) as listener:
        print(address if family == "AF_UNIX" else listener.address[1], flush=True)  # noqa: T201
        _engine()
        while True:
            try:
                with listener.accept() as connection:
                    if connection.poll(PATIENCE_WITH_A_CALLER_S):
                        message = connection.recv_bytes()
                        nonce = message[:NONCE_SIZE]
                        request = _checked(key, b"ask" + nonce, message[NONCE_SIZE:])
                        connection.send_bytes(_proven(key, b"tell" + nonce, _answer(request)))
            except (OSError, EOFError):
                continue  # A kernel went away while it waited, or a stranger called.


@lru_cache(maxsize=128)
def _answer(request: bytes) -> bytes:
    try:
        answer = {"svg": _converted(json.loads(request))}
    except ValueError as error:
        answer = {"fault": str(error)}
    return json.dumps(answer).encode()


_SMALLEST = {"data": {"values": [{"a": 1}]}, "mark": "bar", "encoding": {"x": {"field": "a", "type": "quantitative"}}}
"""Drawn once at the start; its axis has words, so that fonts are looked for."""


if __name__ == "__main__":
    _serve(sys.argv[1], os.environ.pop(KEY, ""))
