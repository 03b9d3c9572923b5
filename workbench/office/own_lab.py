"""A JupyterLab of an office, under the system account of its person: reads the home, writes to a folder of its own."""

from __future__ import annotations

import os
from pathlib import Path

from warehouse.language import DEFAULT_LANGUAGE
from workbench.lab.workspace import jupyter_folders, lab_options, prepare_own_folder, settings_folder
from workbench.office.hub_settings import LAB_FOLDER


def main() -> None:
    """Prepare the person's folder and serve it behind the hub."""
    folder = Path.home() / os.environ.get(LAB_FOLDER, "iga")
    os.umask(0o077)
    prepare_own_folder(folder, os.environ.get("IGA_LANG") or DEFAULT_LANGUAGE)
    own = settings_folder(folder)
    os.environ.update(jupyter_folders(own))
    options = {**lab_options(own), "ServerApp.root_dir": str(folder)}
    from jupyterhub.singleuser import main as serve

    serve(argv=[f"--{name}={value}" for name, value in options.items()])


if __name__ == "__main__":
    main()
