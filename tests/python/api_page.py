"""The reference page of the Python module, docs/python_api.md, from the installed package: every public name with
its signature and docstring. `scripts/make_python_api` writes it, test_api_page.py compares it."""

from __future__ import annotations

import inspect
import re
import sys
import types
from collections.abc import Iterator
from typing import Any

import factorwal as fw
from factorwal._feed import FeedArgs

HEAD = """\
# Python: reference

Made by `scripts/make_python_api` from the docstrings; `help(factorwal)` shows the same. How to use it:
[python.md](python.md).
"""

#: Written out where a class has them; other names with underscores are not shown.
SPECIAL = ("__len__", "__getitem__", "__iter__", "__array__", "__arrow_c_stream__")

#: Classes that functions give: how they are made is not shown.
GIVEN = ("Certificate", "History", "Table")


class _Text:
    """An annotation or default that a signature shows as it is written."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def shown(annotation: Any) -> Any:
    if annotation is inspect.Signature.empty:
        return annotation
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    return _Text(without_modules(text))


def is_bound(what: Any) -> bool:
    """Whether nanobind made it: asked of the type, since an object may have any attribute."""
    return type(what).__name__ in ("nb_func", "nb_method")


def without_modules(text: str) -> str:
    return re.sub(r"\b(?:_core|typing|collections\.abc|numpy\.typing|factorwal\.\w+)\.", "", text)


def signature_of(name: str, what: Any) -> str:
    """As it is called: without `self`."""
    if is_bound(what):
        text, _, *defaults = what.__nb_signature__[0]
        defaults = defaults[0] if defaults else ()
        text = re.sub(r"\(self(?:, /)?(?:, )?", "(", text.removeprefix("def "))
        text = re.sub(r"\\(\d+)", lambda place: repr(defaults[int(place[1])]), text)
        place = text.index("(")
        return text[:place] + broken(without_modules(text[place:]))
    signature = inspect.signature(what)
    kept = [one.replace(annotation=shown(one.annotation)) for one in signature.parameters.values()
            if one.name not in ("self", "cls")]  # fmt: skip
    kept_signature = signature.replace(parameters=kept, return_annotation=shown(signature.return_annotation))
    waits = "await " if inspect.iscoroutinefunction(what) else ""
    return waits + name + broken(str(kept_signature))


def doc_of(what: Any) -> str:
    """Without the signature that nanobind puts before."""
    if is_bound(what):
        return str(what.__nb_signature__[0][1] or "")
    return re.sub(r"^\(self\).*", "", what.__doc__ or "")


def broken(text: str, width: int = 100) -> str:
    """A long list of parameters, one a line."""
    if len(text) <= width:
        return text
    inner, _, result = text[1:].rpartition(")")
    parts, depth, begin = [], 0, 0
    for i, letter in enumerate(inner):
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and depth == 0:
            parts.append(inner[begin:i].strip())
            begin = i + 1
    parts.append(inner[begin:].strip())
    return "(\n" + "".join(f"    {part},\n" for part in parts) + ")" + result


def code(text: str) -> str:
    return f"```python\n{text}\n```\n"


def paragraphs(doc: str) -> str:
    """Docstrings are Markdown, but for examples, which are fenced here."""
    lines = []
    for block in re.split(r"\n\s*\n", inspect.cleandoc(doc)):
        lines.append(code(block).rstrip() if block.startswith(">>>") else block)
    return "\n\n".join(lines).strip() + "\n" if doc else ""


def members(owner: type) -> Iterator[tuple[str, Any]]:
    """Public ones of the class and of its bases in this package, in the order of their definitions."""
    seen = set()
    for base in inspect.getmro(owner):
        if base.__module__.split(".")[0] != "factorwal":
            continue
        for name, what in vars(base).items():
            if name not in seen and (not name.startswith("_") or name in SPECIAL):
                seen.add(name)
                yield name, what


def attributes_of(owner: type) -> str:
    """Properties and the fields of named tuples, a line each."""
    lines = []
    fields = getattr(owner, "_fields", ())
    notes = comments_of(owner)
    for name, what in members(owner):
        if name in fields:
            lines.append(f"- `{name}`" + (f": {notes[name]}" if name in notes else ""))
        elif isinstance(what, property) or type(what).__name__ in ("nb_property", "getset_descriptor"):
            doc = " ".join(inspect.cleandoc(doc_of(what)).split())
            lines.append(f"- `{name}`" + (f": {doc}" if doc else ""))
    return "\n".join(lines) + "\n" if lines else ""


def comments_of(owner: type) -> dict[str, str]:
    """What `#:` says beside the fields of a named tuple."""
    try:
        source = inspect.getsource(owner)
    except (OSError, TypeError):
        return {}
    return dict(re.findall(r"^\s+(\w+)\s*:.*?#: (.*)$", source, re.MULTILINE))


def class_page(name: str, owner: type) -> str:
    error = issubclass(owner, BaseException)
    parts = [f"### {name}" + (f"({', '.join(one.__name__ for one in owner.__bases__)})" if error else "") + "\n"]
    parts.append(paragraphs(owner.__doc__ or ""))
    if not error:
        if name not in GIVEN and isinstance(vars(owner).get("__init__"), types.FunctionType):
            parts.insert(1, code(signature_of(name, vars(owner)["__init__"])))
        parts.append(attributes_of(owner))
        for member, what in members(owner):
            function = what.__func__ if isinstance(what, (classmethod, staticmethod)) else what
            if not callable(function) or isinstance(function, type):
                continue
            parts.append(f"#### {name}.{member}\n" if not member.startswith("_") else f"#### {name}: `{member}`\n")
            parts.append(code(signature_of(member, function)))
            parts.append(paragraphs(doc_of(function)))
    return "\n".join(part for part in parts if part)


def function_page(name: str, what: Any) -> str:
    return f"### {name}\n\n{code(signature_of(name, what))}\n{paragraphs(doc_of(what))}"


def feed_page() -> str:
    keys = "\n".join(f"{name}: {shown(one.__forward_arg__)!r}" for name, one in FeedArgs.__annotations__.items())
    return f"### FeedArgs\n\n{code(keys)}\n{paragraphs(FeedArgs.__doc__ or '')}"


def page() -> str:
    public = {name: getattr(fw, name) for name in fw.__all__}
    classes = {name: one for name, one in public.items() if isinstance(one, type)}
    errors = {name: one for name, one in classes.items() if issubclass(one, BaseException)}
    parts = [HEAD, "## Functions\n"]
    parts += [function_page(name, one) for name, one in public.items()
              if callable(one) and name not in classes]  # fmt: skip
    parts.append("## Classes\n")
    parts += [class_page(name, one) for name, one in classes.items() if name not in errors]
    parts.append(feed_page())
    parts.append("## Exceptions\n")
    parts += [class_page(name, one) for name, one in errors.items()]
    others = [name for name, one in public.items() if not callable(one)]
    if others:
        parts.append("## Other names\n")
        parts.append("".join(f"- `{name}`: {(public[name].__doc__ or '').splitlines()[0]}\n" for name in others))
    return "\n".join(part for part in parts if part)


if __name__ == "__main__":
    sys.stdout.write(page())
