"""Tab on `snapshot.cities.` and `snapshot.cities["`: the cities of the snapshot at hand, whatever completes the rest.

Neither Jedi, which reads types, nor IPython, which asks no property that it does not know, can see them.
"""

from __future__ import annotations

import ast
import re
from typing import Any

from analysis.api import Cities, City, Questions

_ASKED = re.compile(
    r"(?P<owner>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*|\[(?:'[^']*'|\"[^\"]*\")\])*)"
    r"(?:\.(?P<attribute>\w*)|\[(?P<quote>['\"])(?P<key>[^'\"]*))$"
)
"""What stands before the cursor: names and keys, then a point and part of a name, or a bracket and part of a key."""
IDENTIFIER = "iga.cities"


def install(shell: Any) -> None:
    """Let this IPython complete cities; installing it twice changes nothing."""
    from IPython.core.completer import context_matcher

    matchers = shell.Completer.custom_matchers
    if any(getattr(matcher, "matcher_identifier", "") == IDENTIFIER for matcher in matchers):
        return

    @context_matcher(identifier=IDENTIFIER)  # type: ignore[untyped-decorator]
    def cities(context: Any) -> dict[str, Any]:
        return matched(context.full_text[: offset_of(context)], after_cursor(context), shell.user_ns)

    matchers.append(cities)


def offset_of(context: Any) -> int:
    """Return where the cursor stands in the whole text of the cell."""
    lines = context.full_text.splitlines(keepends=True)[: context.cursor_line]
    return sum(map(len, lines)) + int(context.cursor_position)


def after_cursor(context: Any) -> str:
    """Return the text behind the cursor."""
    return str(context.full_text[offset_of(context) :])


def matched(before: str, after: str, names: dict[str, Any]) -> dict[str, Any]:
    """Return what completes the text before the cursor, in the form that IPython asks of a matcher."""
    from IPython.core.completer import SimpleCompletion

    asked = _ASKED.search(before)
    owner = _value(asked["owner"], names) if asked else None
    if asked is None or owner is None:
        return {"completions": []}
    if asked["quote"]:
        # A notebook may have closed quote and bracket by itself.
        closing = "" if after.startswith(asked["quote"]) else asked["quote"] + ("" if after.startswith("]") else "]")
        keys = list(owner) if isinstance(owner, Cities) else []
        found = [key for key in keys if asked["key"].casefold() in key.casefold()]
        texts, kind, fragment = [key + closing for key in found], "dict key", asked["key"]
    else:
        own = [name for name in dir(owner) if not name.startswith("_")]
        fragment = asked["attribute"]
        texts, kind = [name for name in own if name.startswith(fragment)], "property"
    completions = [SimpleCompletion(text=text, type=kind) for text in texts]
    return {"completions": completions, "matched_fragment": fragment, "suppress": bool(completions)}


def _value(text: str, names: dict[str, Any]) -> Cities | City | None:
    """Return the cities or the city that names and keys lead to; None for anything else. Nothing is called."""
    try:
        value = _followed(ast.parse(text, mode="eval").body, names)
    except (SyntaxError, LookupError, AttributeError):
        return None
    return value if isinstance(value, Cities | City) else None


def _followed(node: ast.expr, names: dict[str, Any]) -> Any:
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.Attribute):
        owner = _followed(node.value, names)
        is_asked = isinstance(owner, Questions) and node.attr == "cities" and not owner.is_closed
        return getattr(owner, node.attr) if is_asked or isinstance(owner, Cities) else None
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        owner = _followed(node.value, names)
        key = node.slice.value
        return owner[key] if isinstance(owner, Cities) and isinstance(key, str) and key in owner else None
    return None
