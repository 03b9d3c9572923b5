"""Turns charts into SVG in one long-lived process, so that not every kernel starts a JavaScript engine of its own.

A build opens a `Converter` and tells kernels its address in `IGA_CONVERTER`; `svg_of` asks there, and converts by
itself where there is none (in JupyterLab), or where it does not answer. Requests are JSON over a socket file in a
private folder; the process ends when the build that started it does.
"""

from __future__ import annotations

import json
import os
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

from warehouse.temporary import temporary_folder

ADDRESS = "IGA_CONVERTER"
FONTS = "FONTCONFIG_FILE"
"""Where Linux says which folders hold fonts."""
LONGEST_SOCKET_PATH = 90
PATIENCE_S = 60
_HERE: ContextVar[str | None] = ContextVar("converter of this thread", default=None)


def svg_of(specification: dict[str, Any], format_locale: dict[str, Any], config: dict[str, Any]) -> str:
    """The SVG of a Vega-Lite specification: numbers in the locale's marks, the look of `config`, nothing fetched.

    Raises ValueError for a specification that cannot be drawn.
    """
    request = {"specification": specification, "format_locale": format_locale, "config": config}
    if address := _HERE.get() or os.environ.get(ADDRESS):
        try:
            return _asked(address, request)
        except (OSError, EOFError):
            pass  # The converter is gone; a chart must not fail for that.
    return _converted(request)


def _asked(address: str, request: dict[str, Any]) -> str:
    with Client(address, family="AF_UNIX") as connection:
        connection.send_bytes(json.dumps(request).encode())
        if not connection.poll(PATIENCE_S):
            raise EOFError
        answer: dict[str, str] = json.loads(connection.recv_bytes())
    if "fault" in answer:
        raise ValueError(answer["fault"])
    return answer["svg"]


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
        (folder / "none").mkdir()
        settings = folder / "fonts.conf"
        settings.write_text(f"<fontconfig><dir>{escape(str(folder / 'none'))}</dir></fontconfig>", encoding="utf-8")
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
        self._process: subprocess.Popen[bytes] | None = None
        address = str(self._closing.enter_context(temporary_folder("svg")) / "socket")
        if os.name == "posix" and len(address) < LONGEST_SOCKET_PATH:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "reports.blocks.converter", address],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": _python_path()},
                start_new_session=True,  # Ctrl-C is for the command, which ends this process
            )
            assert self._process.stdout is not None  # noqa: S101 - a pipe was asked for
            self._process.stdout.readline()  # It listens, or has ended; either way kernels may ask.
        self.environment = {ADDRESS: address} if self._process else {}
        return self

    @contextmanager
    def serving_here(self) -> Iterator[None]:
        """While this is open, charts that are drawn in this very thread are converted there too."""
        before = _HERE.set(self.environment.get(ADDRESS))
        try:
            yield
        finally:
            _HERE.reset(before)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
        self._closing.close()


def _python_path() -> str:
    here = str(Path(__file__).resolve().parents[2])
    return os.pathsep.join(path for path in (here, os.environ.get("PYTHONPATH", "")) if path)


def _serve(address: str) -> None:
    """Answer requests one after the other until the program that started this is gone."""
    import threading

    def end_with_parent() -> None:
        sys.stdin.buffer.read()
        os._exit(0)

    threading.Thread(target=end_with_parent, daemon=True).start()
    with Listener(address, family="AF_UNIX", backlog=64) as listener:
        print(flush=True)  # noqa: T201 - the sign that it listens
        _engine()
        while True:
            try:
                with listener.accept() as connection:
                    connection.send_bytes(_answer(connection.recv_bytes()))
            except (OSError, EOFError):
                continue  # A kernel went away while it waited.


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
    _serve(sys.argv[1])
