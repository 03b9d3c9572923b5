"""The parameters of a person's own notebook: read from the text of its cell tagged `parameters`, which is never run.

A line of the cell is `name = value`, `name: type = value`, or `name: type` for a parameter without which the notebook
does not run. Values are literals; the type is that of the annotation, otherwise that of the value.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from types import GenericAlias
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, create_model
from pydantic.fields import FieldInfo

from iga.errors import Sentence
from iga.reasons import slip_of
from reports.pages.city_index.parameters import CityIndexParameters
from reports.pages.compare_cities.parameters import CompareCitiesParameters
from reports.pages.parameters import NotebookParameters, known_city, known_rulebook
from warehouse.errors import ExitCode, WorkbenchError

MOST_PARAMETERS = 100
NAMED_TYPES: dict[str, Any] = {"str": str, "int": int, "float": float, "bool": bool, "list": list, "dict": dict}
KNOWN_TYPES = 'str, int, float, bool, list[...], tuple[...], dict[...], Literal["a", "b"], ... | None'
IMPORTED = ("typing", "__future__")
"""What a cell may import: names for its annotations."""


class CellInvalid(WorkbenchError):
    """The cell tagged `parameters` of a person's notebook holds something that is no parameter."""

    exit_code = ExitCode.USAGE


class OwnParameters(BaseModel):
    """Base of the parameters of a person's notebook: those of its cell and no others."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, protected_namespaces=())


def _known_cities(cities: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(known_city(city) for city in cities)


def _as_ours(model: type[BaseModel], name: str, check: Any = None) -> tuple[Any, FieldInfo]:
    field = model.model_fields[name]
    checks = (*field.metadata, *([AfterValidator(check)] if check else []))
    return (Annotated[field.annotation, *checks] if checks else field.annotation), field


CHECKED_AS_OURS: Mapping[str, tuple[Any, FieldInfo]] = {
    "city": _as_ours(CityIndexParameters, "city", known_city),
    "edition": _as_ours(CityIndexParameters, "edition"),
    "cities": _as_ours(CompareCitiesParameters, "cities", _known_cities),
    "editions": _as_ours(CompareCitiesParameters, "editions"),
    "rulebook": _as_ours(NotebookParameters, "rulebook", known_rulebook),
    "score": _as_ours(NotebookParameters, "score"),
    "lang": _as_ours(NotebookParameters, "lang"),
    "snapshot": _as_ours(NotebookParameters, "snapshot"),
}
"""Parameters that mean the same in every notebook: type with its checks, and the field of our own notebooks."""


def model_of_cell(source: str, notebook: str, place: str) -> type[OwnParameters]:
    """Return the model of the parameters that a cell states.

    Raises CellInvalid with the line for what is no parameter, no literal, or not of its own type.
    """
    cell = _Cell(notebook, place)
    fields: dict[str, Any] = {}
    for name, annotation, value, line in cell.statements(source):
        if name.startswith("_") or hasattr(BaseModel, name):
            cause = Sentence("{name} cannot be the name of a parameter", name=name)
            raise cell.fault(line, cause, Sentence("take another name"))
        if len(fields) >= MOST_PARAMETERS:
            cause = Sentence("there are more than {most} parameters", most=MOST_PARAMETERS)
            raise cell.fault(line, cause, Sentence("put what belongs together into one list or dict"))
        fields[name] = cell.field(name, annotation, value, line)
    model: type[OwnParameters] = create_model("Parameters", __base__=OwnParameters, **fields)
    return model


class _Cell:
    """The cell being read: it knows whose it is, so that a fault can name notebook and line."""

    def __init__(self, notebook: str, place: str) -> None:
        self.notebook, self.place = notebook, place

    def fault(self, line: int, cause: Sentence, fix: Sentence) -> CellInvalid:
        return CellInvalid(
            "Notebook {notebook}, cell tagged parameters, line {line}: {cause}",
            next_step=fix,
            place=self.place,
            notebook=self.notebook,
            line=line,
            cause=cause,
        )

    def statements(self, source: str) -> Iterator[tuple[str, ast.expr | None, ast.expr | None, int]]:
        """Yield name, annotation, value and line of each parameter."""
        try:
            body = ast.parse(source).body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            line = getattr(error, "lineno", None) or 1
            raise self.fault(
                line, Sentence("it is not valid Python"), Sentence("write one parameter a line: name = value")
            ) from error
        for node in body:
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                yield node.target.id, node.annotation, node.value, node.lineno
            elif isinstance(node, ast.Assign) and all(isinstance(target, ast.Name) for target in node.targets):
                for target in node.targets:
                    yield target.id, None, node.value, node.lineno  # type: ignore[attr-defined]
            elif not _says_nothing(node):
                raise self.fault(
                    node.lineno,
                    Sentence("only parameters stand here: name = value"),
                    Sentence("move everything else into the next cell"),
                )

    def field(self, name: str, annotation: ast.expr | None, value: ast.expr | None, line: int) -> tuple[Any, Any]:
        """Return type and default of a parameter, as pydantic takes them."""
        default = ... if value is None else self._literal(name, value)
        kind = _type_of_value(default) if annotation is None else self._type(name, annotation, line)
        examples = None
        if name in CHECKED_AS_OURS:
            takes_none = default is None or (annotation is not None and type(None) in getattr(kind, "__args__", ()))
            kind, ours = CHECKED_AS_OURS[name]
            examples = ours.examples
            plain: Any = ours.annotation
            kind, plain = (kind | None, plain | None) if takes_none else (kind, plain)
        else:
            plain = kind
        if value is not None:
            self._check_default(name, plain, default, line)
        return kind, Field(default, examples=examples)

    def _check_default(self, name: str, kind: Any, default: Any, line: int) -> None:
        try:
            TypeAdapter(kind).validate_python(default)
        except ValidationError as error:
            raise self.fault(
                line,
                Sentence("{name} = {value}: {reason}", name=name, value=repr(default), reason=slip_of(error)[1]),
                Sentence("give a value of its type, or another type: {name}: str = ...", name=name),
            ) from error

    def _literal(self, name: str, value: ast.expr) -> Any:
        try:
            literal = ast.literal_eval(value)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError) as error:
            raise self._no_literal(name, value) from error
        if not _is_plain(literal):
            raise self._no_literal(name, value)
        return literal

    def _no_literal(self, name: str, value: ast.expr) -> CellInvalid:
        return self.fault(
            value.lineno,
            Sentence("the value of {name} is no plain value: {value}", name=name, value=ast.unparse(value)[:60]),
            Sentence(
                "write it as a text, a number, True, False, None or a list of these, and compute in the next cell"
            ),
        )

    def _type(self, name: str, annotation: ast.expr, line: int) -> Any:
        kind = _annotated(annotation)
        if kind is None:
            raise self.fault(
                line,
                Sentence("the type of {name} is not known: {type}", name=name, type=ast.unparse(annotation)[:60]),
                Sentence("those that exist: {known}", known=KNOWN_TYPES),
            )
        return kind


def _says_nothing(node: ast.stmt) -> bool:
    """Whether a statement is a text, `pass`, or an import of names for annotations."""
    if isinstance(node, ast.ImportFrom):
        return node.module in IMPORTED
    is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return is_text or isinstance(node, ast.Pass)


def _annotated(node: ast.expr) -> Any:
    """Return the type that an annotation names, or None where it is none of those that a parameter can have."""
    if isinstance(node, ast.Constant):
        if node.value is None:
            return type(None)
        return _annotated_in_quotes(node.value) if isinstance(node.value, str) else None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _either(_annotated(node.left), _annotated(node.right))
    if isinstance(node, ast.Subscript):
        inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        return _of_parts(_name(node.value), inner)
    return NAMED_TYPES.get(_name(node)) or (tuple if _name(node) == "tuple" else None)


def _annotated_in_quotes(text: str) -> Any:
    try:
        return _annotated(ast.parse(text, mode="eval").body)
    except (SyntaxError, ValueError):
        return None


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _either(left: Any, right: Any) -> Any:
    return None if left is None or right is None else left | right


def _of_parts(name: str, inner: list[ast.expr]) -> Any:
    """Return `Literal[...]`, `Optional[...]`, `list[...]`, `tuple[...]` or `dict[...]`."""
    if name == "Literal":
        choices = [choice.value for choice in inner if isinstance(choice, ast.Constant)]
        return Literal.__getitem__(tuple(choices)) if choices and len(choices) == len(inner) else None
    is_open = name == "tuple" and len(inner) == 2 and isinstance(inner[1], ast.Constant) and inner[1].value is ...
    parts = [_annotated(part) for part in (inner[:1] if is_open else inner)]
    if None in parts:
        return None
    if name == "Optional" and len(parts) == 1:
        return parts[0] | None
    if name == "tuple":
        return GenericAlias(tuple, (parts[0], ...) if is_open else tuple(parts))
    counts = {"list": 1, "dict": 2}
    return NAMED_TYPES[name][tuple(parts)] if counts.get(name) == len(parts) else None


def _type_of_value(value: Any) -> Any:
    """Return the type that a default stands for; a list of one kind of values stays one."""
    if value is None or value is ...:
        return str | int | float | bool | list[Any] | dict[str, Any] | None
    if isinstance(value, list | tuple):
        kinds = {type(item) for item in value}
        return GenericAlias(list, kinds.pop() if len(kinds) == 1 and kinds <= {str, int, float, bool} else Any)
    return dict[str, Any] if isinstance(value, dict) else type(value)


def _is_plain(value: Any) -> bool:
    """Whether a literal is one that a notebook can be given: no bytes, sets or complex numbers."""
    if isinstance(value, list | tuple):
        return all(_is_plain(item) for item in value)
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_plain(item) for key, item in value.items())
    return value is None or isinstance(value, str | int | float | bool)
