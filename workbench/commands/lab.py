"""The command `iga lab`: the desk of a home, with JupyterLab one click away."""

from __future__ import annotations

from typing import Annotated

import typer

from workbench.options import HomeOption, LanguageOption, home_of, language_of, language_of_environment

_ = language_of_environment()


def lab(
    home: HomeOption = None,
    lang: LanguageOption = None,
    port: Annotated[int, typer.Option(help=_("Port; the next free one where it is taken."), min=0, max=65535)] = 8888,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help=_("Open the browser."))] = True,
    ip: Annotated[
        str, typer.Option(help=_("Address to listen on; another than this machine's needs a token or password."))
    ] = "127.0.0.1",
    token: Annotated[
        str | None, typer.Option(envvar="IGA_LAB_TOKEN", help=_("Token that opens it."), show_default=False)
    ] = None,
    password: Annotated[
        str | None, typer.Option(envvar="IGA_LAB_PASSWORD", help=_("Password that opens it."), show_default=False)
    ] = None,
) -> None:
    """The desk: load files, make reports, ask what if; JupyterLab beside it; on this machine only, without internet."""
    from workbench.lab.server import access_of, start_lab

    access = access_of(ip, port, token, password)
    start_lab(home_of(home), language_of(lang).code, access, opens_browser=browser)
