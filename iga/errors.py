"""The errors that a person can mend: what is wrong, where, and what to do next, in the language of the reader.

Messages are English templates with `{names}`, which are catalogue keys; the values that fill them are kept beside them.
So one error can be told in any language, wherever it was raised. Programming errors stay ordinary exceptions.
"""

from __future__ import annotations

import copyreg
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from string import Formatter
from typing import Any

from iga.exit_codes import ExitCode

Translate = Callable[[str], str]


class Sentence:
    """A template with the values that fill it; a value may be a sentence too, such as the reason of a failure."""

    def __init__(self, template: str, /, **values: object) -> None:
        self.template = template
        self.values = values

    def told(self, translate: Translate = str) -> str:
        """Return the text in the language of `translate`; decimals take its `decimal_mark`, if it has one."""
        return filled(self.template, self.values, translate)

    def __str__(self) -> str:
        return self.told()


def filled(template: str, values: Mapping[str, object], translate: Translate = str) -> str:
    """Return a template in the language of `translate`, filled with values.

    A name without a value stays as it is: a slip in a message must never hide the fault that the message is about.
    """
    try:
        return _Filling(translate).vformat(translate(template), (), values)
    except (ValueError, LookupError, AttributeError):
        return translate(template)


class MendableError(Exception):
    """The root of all errors that a person can mend: what happened, where, and what to do next.

    `message` and `next_step` are English templates (catalogue keys), `values` fill their `{names}`; `what` and `how`
    are the two as sentences. `place` is shown as it is, unless it is a Sentence. `exit_code` is the code of the command
    that meets the error.
    """

    exit_code: ExitCode = ExitCode.FAULT

    def __init__(
        self, message: str | Sentence, next_step: str | Sentence = "", place: str | Sentence = "", **values: object
    ) -> None:
        self.what = message if isinstance(message, Sentence) else Sentence(message, **values)
        self.how = next_step if isinstance(next_step, Sentence) else Sentence(next_step, **values)
        self._place = place
        self.message = self.what.template
        self.next_step = self.how.template
        self.place = str(place)
        self.values = {**self.how.values, **self.what.values, **values}
        super().__init__(self.message)

    @property
    def where(self) -> Sentence:
        """The place as a sentence, to be told as a part of another one."""
        return self._place if isinstance(self._place, Sentence) else Sentence("{place}", place=self.place)

    def told(self, translate: Translate = str) -> tuple[str, str, str]:
        """Return message, place and next step in the language of `translate`."""
        place = self._place.told(translate) if isinstance(self._place, Sentence) else self.place
        next_step = self.how.told(translate) if self.next_step else ""
        return self.what.told(translate), place, next_step

    def in_one_line(self, translate: Translate = str) -> str:
        """Return message, place and next step as one line, in the language of `translate`."""
        message, place, next_step = self.told(translate)
        return message + (f" [{place}]" if place else "") + (f" -> {next_step}" if next_step else "")

    def __str__(self) -> str:
        return self.in_one_line()

    def __reduce__(self) -> tuple[Any, ...]:
        # A worker process hands its error over whole: values, place and code, not the text alone.
        return copyreg.__newobj__, (type(self), *self.args), self.__dict__  # type: ignore[attr-defined]


class ValueRefused(MendableError, ValueError):
    """A value that a declared model does not take; models pass on what is a ValueError too."""

    exit_code = ExitCode.USAGE


class RuleProblem(MendableError):
    """A problem with rules or scores: what is wrong (`cause`), where (`place`) and what to do next (`fix`).

    All three are templates, filled with the same values.
    """

    exit_code = ExitCode.UNKNOWN

    def __init__(
        self, message: str | Sentence, /, *, place: str | Sentence, fix: str | Sentence, **values: object
    ) -> None:
        where = place if isinstance(place, Sentence) else Sentence(place, **values)
        super().__init__(message, fix, where, **values)

    @property
    def cause(self) -> str:
        """What is wrong, in English."""
        return self.told()[0]

    @property
    def fix(self) -> str:
        """What to do next, in English."""
        return self.told()[2]

    def in_one_line(self, translate: Translate = str) -> str:
        """Return place, cause and repair as one line, in the language of `translate`."""
        cause, place, fix = self.told(translate)
        return f"{place}: {cause} {fix}"


class RulebookNotFound(RuleProblem):
    """No rulebook file exists for the edition asked for."""


class RulebookInvalid(RuleProblem):
    """A rulebook file contradicts itself or lacks something."""


class AssumptionUnknown(RuleProblem):
    """A switch that no assumption has, or a value that the switch cannot take."""


class ScoreInvalid(RuleProblem):
    """Input that no rulebook can score: a number outside its range, a column that is missing."""


class IndicatorTableInvalid(RuleProblem):
    """An indicator table that no composite index can be made of: a duplicate, a constant, a gap, too few units."""


class HierarchyInvalid(RuleProblem):
    """A hierarchy of indicators that does not hold together: an orphan, a cycle, a weight that does not fit."""


class MethodRefused(RuleProblem):
    """A method that the data do not allow, or whose name is not known; the offender is named."""


class RobustnessInvalid(RuleProblem):
    """An uncertain factor or a number of draws that no analysis can use."""


class _Filling(Formatter):
    """Fill a template: sentences in the reader's language, decimals with the reader's marks."""

    def __init__(self, translate: Translate) -> None:
        self.translate = translate
        self.decimal_mark: str = getattr(translate, "decimal_mark", ".")

    def get_value(self, key: int | str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        return kwargs.get(str(key), f"{{{key}}}")

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, Sentence):
            return value.told(self.translate)
        text: str = format(value, format_spec)
        is_decimal = isinstance(value, Decimal | float)
        return text.translate(str.maketrans(".,", ",.")) if is_decimal and self.decimal_mark == "," else text
