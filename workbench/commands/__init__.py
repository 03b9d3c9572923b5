"""One module per command of `iga`, named as it; a command with subcommands is the Typer app of its module."""
