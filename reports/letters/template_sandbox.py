"""What a Word template of a city may say: names, conditions and short loops; nothing that reaches out or grows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from jinja2 import StrictUndefined, nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from iga.errors import Sentence

MOST_STEPS = 200_000
"""Rounds of loops and calls in one document; the longest annex of a city has a few thousand."""
MOST_ROUNDS = 10_000
"""Numbers that `range` gives."""
MOST_COPIES = 100_000
"""Signs or entries that a repetition (`'-' * 60`) may have."""
LARGEST_POWER = 64

FORBIDDEN: dict[type[nodes.Node], str] = {
    nodes.Include: "include",
    nodes.Import: "import",
    nodes.FromImport: "import",
    nodes.Extends: "extends",
    nodes.CallBlock: "call",
    nodes.Macro: "macro",
}
"""Words of the template language that reach another file or call themselves."""

GROWING = frozenset({"center", "indent", "format", "batch", "slice", "wordwrap", "xmlattr", "urlize", "pprint"})
"""Filters that make a long text of a large number; none is needed in a letter."""


class Forbidden(SecurityError):
    """A template does what none may do; `reason` says what, in any language."""

    def __init__(self, template: str, **values: object) -> None:
        self.reason = Sentence(template, **values)
        super().__init__(str(self.reason))


class LetterSandbox(ImmutableSandboxedEnvironment):
    """A sandbox for one document: its steps are counted from the first part of the document to the last."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def __init__(self) -> None:
        super().__init__(autoescape=True, undefined=StrictUndefined)
        self.steps = 0
        self.globals = {"range": _short_range, "dict": dict, "namespace": self.globals["namespace"]}
        self.filters = {name: each for name, each in self.filters.items() if name not in GROWING}
        self.filters["counted"] = self._counted

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        for node in tree.find_all(tuple(FORBIDDEN)):
            raise Forbidden("`{word}` is not allowed in a template", word=FORBIDDEN[type(node)])
        for loop in tree.find_all(nodes.For):
            if loop.recursive:
                raise Forbidden("`{word}` is not allowed in a template", word="recursive")
            loop.iter = nodes.Filter(loop.iter, "counted", [], [], None, None, lineno=loop.lineno)
        return tree

    def _counted(self, values: Iterable[Any]) -> Iterator[Any]:
        for value in values:
            self._step()
            yield value

    def _step(self) -> None:
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise Forbidden("its loops do not come to an end within {most} rounds", most=MOST_STEPS)

    def call(self, context: Any, called: Any, *args: Any, **kwargs: Any) -> Any:
        """Call what a template calls, and count it."""
        self._step()
        for value in (*args, *kwargs.values()):
            if isinstance(value, int) and abs(value) > MOST_COPIES:
                raise Forbidden("the number {number} is too large in a template", number=_short(value))
        return super().call(context, called, *args, **kwargs)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Multiply, raise or format where the result stays small."""
        if operator == "**" and (abs(left) > MOST_COPIES or abs(right) > LARGEST_POWER):
            raise Forbidden("the power {left} ** {right} is too large in a template", left=_short(left), right=right)
        if operator == "*":
            for text, times in ((left, right), (right, left)):
                if hasattr(text, "__len__") and isinstance(times, int) and len(text) * times > MOST_COPIES:
                    raise Forbidden("the number {number} is too large in a template", number=_short(times))
        if operator == "%" and isinstance(left, str):
            raise Forbidden("`{word}` is not allowed in a template", word="%")
        return super().call_binop(context, operator, left, right)


def _short_range(*bounds: int) -> range:
    numbers = range(*bounds)
    # A length beyond what the machine counts in is no `len`.
    if numbers and abs((numbers[-1] - numbers[0]) // numbers.step) >= MOST_ROUNDS:
        raise Forbidden("`range` gives at most {most} numbers in a template", most=MOST_ROUNDS)
    return numbers


def _short(number: Any) -> str:
    return f"{float(number):.0e}" if isinstance(number, int) and 10**9 < abs(number) < 10**300 else str(number)[:40]
