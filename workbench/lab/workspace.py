"""The workspace of JupyterLab in a home: start notebooks, notebooks, and settings of its own.

<home>/mulai.ipynb, start.ipynb         for those who write code, renewed at each start unless a person has changed them
<home>/notebooks/                       those of the package, what a person has changed left as it is; and people's own
<home>/sites/                           people's own report sites
<home>/inbox, reports, returns          the folders of the home that people work with; the others are not shown
<home>/.lab/                            settings, kernels and runtime files, so that nobody's own are touched
"""

from __future__ import annotations

import json
from hashlib import sha256
from importlib.metadata import entry_points
from importlib.resources import files
from pathlib import Path
from typing import Any

from iga.reasons import reason_of
from reports.run.kernel.specification import write_kernel_spec
from reports.run.notebook import notebook_path
from warehouse import disk
from warehouse.errors import HomeUnusable
from warehouse.home import Home
from warehouse.keeping.own_work import RECORD, write_unless_changed
from warehouse.language import DEFAULT_LANGUAGE, Language

START_PAGES = {"id": "mulai.ipynb", "en": "start.ipynb"}
HIDDEN = (
    "archive",
    "lake",
    "snapshots",
    "runs",
    "exports",
    "scenarios",
    "followup",
    "reminders",
    "jobs",
    "backups",
    "current.json",
    RECORD,
    "*.lock",
    "__pycache__",
)
"""What the file browser does not show: it is the software's to write, and nothing to be moved by hand."""

SETTINGS: dict[str, dict[str, Any]] = {
    "@jupyterlab/apputils-extension:notification": {"checkForUpdates": False, "fetchNews": "false"},
    "@jupyterlab/extensionmanager-extension:plugin": {"enabled": False},
    "@jupyterlab/docmanager-extension:plugin": {"autosave": True},
    "@jupyterlab/filebrowser-extension:browser": {"navigateToCurrentDirectory": False},
}
"""Defaults of JupyterLab's settings: nothing asks a server elsewhere for news, versions or extensions."""

LANGUAGE_PACKS = {"id": "id_ID"}
"""The locale of JupyterLab's own menus for a language of ours, where the package with its words is installed."""

KERNEL_SETTINGS = {"InteractiveShellApp": {"extensions": ["workbench.lab"], "ignore_cwd": True}}
"""Of every kernel in the workspace: the extension is imported before a notebook's folder is on the path of imports, and
puts that folder at its end."""


def prepare_workspace(home: Home, lang: str = DEFAULT_LANGUAGE) -> Path:
    """Make the workspace ready for a language and return its folder. Raises HomeUnusable."""
    folder = home.root
    try:
        home.create()
        disk.make_folder(home.returns)
        disk.make_folder(home.sites)
        _copy_start_pages(home)
        _copy_notebooks(home)
        _write_settings(settings_folder(folder), lang)
        write_kernel_spec(settings_folder(folder) / "data")
    except OSError as error:
        raise HomeUnusable(
            "The workspace cannot be prepared: {reason}",
            next_step="choose another folder with --home, or check permissions and disk space",
            place=str(folder),
            reason=reason_of(error),
        ) from error
    return folder


def prepare_own_folder(folder: Path, lang: str) -> None:
    """Make a person's own folder ready beside a home that only others write to: notebooks, settings, the kernel."""
    disk.make_folder(folder)
    _copy_notebooks(Home(folder))
    _write_settings(settings_folder(folder), lang)
    write_kernel_spec(settings_folder(folder) / "data")


def settings_folder(folder: Path) -> Path:
    """Where the settings and runtime files of a workspace lie."""
    return folder / ".lab"


def jupyter_folders(own: Path) -> dict[str, str]:
    """Return what Jupyter finds around it, so that it uses the settings of a workspace (`own`) and nobody else's."""
    return {
        "JUPYTER_CONFIG_DIR": str(own / "config"),
        "JUPYTER_DATA_DIR": str(own / "data"),
        "JUPYTER_RUNTIME_DIR": str(own / "runtime"),
        "IPYTHONDIR": str(own / "ipython"),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }


def lab_options(own: Path) -> dict[str, str]:
    """Return the options of JupyterLab on a workspace: its settings; no news, updates or extensions of others."""
    return {
        "MultiKernelManager.default_kernel_name": "iga",
        "LabApp.app_settings_dir": str(own / "lab" / "settings"),
        "LabApp.user_settings_dir": str(own / "lab" / "user-settings"),
        "LabApp.workspaces_dir": str(own / "lab" / "workspaces"),
        "LabApp.extra_labextensions_path": str(labextensions()),
        "LabApp.news_url": "None",
        "LabApp.check_for_updates_class": "jupyterlab.handlers.announcements.NeverCheckForUpdate",
        "LabApp.extension_manager": "readonly",
        "LanguageServerManager.autodetect": "False",
    }


def labextensions() -> Path:
    """The extension of JupyterLab that comes with this software: it opens the desk as a tab."""
    return Path(str(files("workbench.lab").joinpath("labextensions")))


def _copy_start_pages(home: Home) -> None:
    """Write the start notebooks; one that a person has changed stays, one that is no notebook any more makes way."""
    for lang, name in START_PAGES.items():
        path = home.root / name
        if path.is_file() and not _work_of(path):
            disk.replace(path, _free_name(path.with_suffix(".ipynb.rusak")))
        ours = files("workbench.lab").joinpath("workspace", name).read_bytes()
        write_unless_changed(home, {path: ours}, Language(lang))


def _free_name(path: Path) -> Path:
    """Return the path, numbered where something lies there already: what was set aside before stays."""
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.name}-{number}")
    return free


def changed_copies(home: Home) -> list[Path]:
    """Return the copies of our notebooks that a person has changed otherwise than in their parameters and outputs."""
    copied = _copied(home.root)
    changed = []
    for source in _our_notebooks():
        path = home.notebooks / source.name
        is_as_copied = path.is_file() and copied.get(source.name) == sha256(path.read_bytes()).hexdigest()
        if path.is_file() and not is_as_copied and _work_of(path) != _work_of(source):
            changed.append(path)
    return changed


def _work_of(path: Path) -> list[tuple[str, str]]:
    """Return what a notebook does and says: its cells but for parameters and outputs; nothing for what is none."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        return [
            (str(cell["cell_type"]), "".join(cell["source"]).strip())
            for cell in cells
            if "parameters" not in cell["metadata"].get("tags", [])
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return []


def _our_notebooks() -> list[Path]:
    return sorted(notebook_path("city_index").parent.glob("*.ipynb"))


def _copied(folder: Path) -> dict[str, str]:
    """Return the hashes of the copies as they were made; of a record that is damaged nothing, so that all stay."""
    try:
        record: dict[str, str] = json.loads((settings_folder(folder) / "copied.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record


def _copy_notebooks(home: Home) -> None:
    """Copy the notebooks of the package; a copy that is no longer as it was copied is a person's and stays.

    Where ours has changed since that copy was made, it lies beside it.
    """
    folder = home.root
    target, record = folder / "notebooks", settings_folder(folder) / "copied.json"
    disk.make_folder(target)
    copied = _copied(folder)
    for source in _our_notebooks():
        path = target / source.name
        before = copied.get(source.name)
        if path.exists() and before != sha256(path.read_bytes()).hexdigest():
            ours = source.read_bytes()
            if before not in (None, sha256(ours).hexdigest()) and _work_of(path) != _work_of(source):
                write_unless_changed(home, {path: ours}, Language(DEFAULT_LANGUAGE))
            continue
        disk.copy(source, path)
        copied[source.name] = sha256(path.read_bytes()).hexdigest()
    disk.write_text(record, json.dumps(copied, indent=1, sort_keys=True) + "\n")


def has_language_pack(locale: str) -> bool:
    """Return whether the words of JupyterLab's menus in that locale are installed."""
    return bool(entry_points(group="jupyterlab.languagepack", name=locale))


def _write_settings(folder: Path, lang: str) -> None:
    settings = dict(SETTINGS)
    locale = LANGUAGE_PACKS.get(lang, "")
    if locale and has_language_pack(locale):
        settings["@jupyterlab/translation-extension:plugin"] = {"locale": locale}
    written: dict[Path, dict[str, Any]] = {
        folder / "lab" / "settings" / "overrides.json": settings,
        # The extension of ours reads its language from the configuration of the page.
        folder / "lab" / "settings" / "page_config.json": {"igaLang": lang},
        folder / "ipython" / "profile_default" / "ipython_kernel_config.json": KERNEL_SETTINGS,
    }
    for path, content in written.items():
        disk.write_text(path, json.dumps(content, indent=1) + "\n")
