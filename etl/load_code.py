"""The code that a load runs: the modules that an entry point reaches by imports, and the data files that they read.

A snapshot and a parse are named by a hash of it, so that a changed rule or parser gives another name, and a changed
page, command or wording does not. Nothing is listed by hand:

- A module counts when the entry point, or a module that counts, imports it, also inside a function. What is imported
  for types alone (`if TYPE_CHECKING:`) does not.
- A data file counts when a module that counts names it, or the folder that it lies in, where it reads package data:
  `files("etl").joinpath("layouts")`, `sql_text("warehouse", f"sql/{name}")`. A new file in such a folder counts too.
- What makes nothing of a snapshot (`NO_PART`) never counts: words for readers, and names that are handed on.

Lines end alike on every system, and no compiled form is looked at, so that the hash is the same everywhere.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

PACKAGES = ("iga", "warehouse", "etl")
"""The packages that a load may import from."""
NO_PART = (
    "warehouse/locale", "warehouse/reference/labels.csv", "warehouse/reference/sources.toml",
    "iga/exit_codes.py", "iga/former_names.py", "iga/former_names.csv",
)  # fmt: skip
"""Words for people, whatever reads them, and the former names of modules: nothing of a snapshot is made of them."""
NO_DATA = (".py", ".pyc", ".md", ".typed")

_TYPES_ONLY = re.compile(r"^if TYPE_CHECKING:\n(?:[ \t]+[^\n]*\n|\n)+", re.MULTILINE)
_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+(?P<module>[\w.]+)[ \t]+import[ \t]+(?P<names>\([^)]*\)|[^\n]+)"
    r"|import[ \t]+(?P<modules>[^\n]+))",
    re.MULTILINE,
)
_DATA = re.compile(
    r"""(?:\bfiles\(\s*"(?P<package>[\w.]+)"\s*\)(?:\.joinpath\((?P<path>[^)]*)\))?"""
    r"""|\bsql_(?:text|names)\(\s*"(?P<sql_package>[\w.]+)"\s*,(?P<sql_path>[^)]*)\))"""
)
_LITERAL = re.compile(r'\s*(f?)"([^"]*)"\s*')


@dataclass(frozen=True)
class LoadCode:
    """The modules and data files, each by its path below the folder of the packages (`etl/publish.py`)."""

    modules: dict[str, bytes]
    data: dict[str, bytes]

    def without(self, folder: str) -> LoadCode:
        """Return the same without the data files of a folder."""
        return LoadCode(
            self.modules, {path: text for path, text in self.data.items() if not path.startswith(f"{folder}/")}
        )

    @property
    def hash(self) -> str:
        """A hash of all names and contents."""
        digest = hashlib.sha256()
        for path, content in sorted({**self.modules, **self.data}.items()):
            digest.update(f"{path}\0{hashlib.sha256(content).hexdigest()}\n".encode())
        return digest.hexdigest()


def load_code(entry: str, root: Path | None = None) -> LoadCode:
    """Return what the module `entry` runs; `root` is the folder of the packages, of this installation unless named."""
    place = root or _root()
    modules: dict[str, bytes] = {}
    data: dict[str, bytes] = {}
    waiting, seen = [entry], {""}
    while waiting:
        name = waiting.pop()
        if name in seen or name.split(".")[0] not in PACKAGES:
            continue
        seen.add(name)
        waiting.append(name.rpartition(".")[0])
        path = _file_of(place, name)
        if path is None:  # a name of a module, not a module
            continue
        content = _content(path)
        text = content.decode()
        module = path.relative_to(place).as_posix()
        if not _is_no_part(module):
            modules[module] = content
        waiting += imports_of(text)
        for read in data_of(text):
            for file in _files_at(place, read):
                shown = file.relative_to(place).as_posix()
                if shown not in data and not _is_no_part(shown):
                    data[shown] = _content(file)
    return LoadCode(modules, data)


@cache
def load_code_hash(entry: str, *without: str) -> str:
    """Return the hash of what the module `entry` runs, without the data files of some folders."""
    code = load_code(entry)
    for folder in without:
        code = code.without(folder)
    return code.hash


def imports_of(text: str) -> set[str]:
    """Return the names that a module imports: modules, and what is taken from them, which may be modules too."""
    names: set[str] = set()
    for found in _IMPORT.finditer(_TYPES_ONLY.sub("", text)):
        if module := found["module"]:
            names.add(module)
            names |= {f"{module}.{name}" for name in _imported(found["names"])}
        else:
            names |= _imported(found["modules"])
    return names


def _imported(listed: str) -> set[str]:
    """The names of an import, without what they are called here and without comments."""
    lines = (line.partition("#")[0] for line in listed.strip().strip("()").splitlines())
    names = (name.split() for line in lines for name in line.split(","))
    return {name[0] for name in names if name}


def data_of(text: str) -> set[str]:
    """Return the files and folders of package data that a module reads, as far as its text names them."""
    found = set()
    for site in _DATA.finditer(text):
        package = site["package"] or site["sql_package"]
        parts = [package.replace(".", "/")]
        for part in (site["path"] or site["sql_path"] or "").split(","):
            literal = _LITERAL.fullmatch(part)
            if literal is None:
                break
            is_format, written = literal.groups()
            known = written.partition("{")[0].rpartition("/")[0] if is_format and "{" in written else written
            parts += [known] if known else []
            if known != written:
                break
        found.add("/".join(parts))
    return found


def _root() -> Path:
    return Path(str(resources.files("etl"))).parent


def _file_of(root: Path, module: str) -> Path | None:
    path = root.joinpath(*module.split("."))
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()), None)


def _files_at(root: Path, read: str) -> list[Path]:
    """The file, or the files of the folder, that a module reads."""
    path = root / read
    if not path.is_dir():
        return [file for file in (path, path.with_name(f"{path.name}.sql")) if file.is_file()]
    return [file for file in path.iterdir() if file.suffix not in NO_DATA and file.is_file()]


def _is_no_part(path: str) -> bool:
    return any(path == words or path.startswith(f"{words}/") for words in NO_PART)


def _content(path: Path) -> bytes:
    return path.read_bytes().replace(b"\r\n", b"\n")
