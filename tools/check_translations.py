"""Is every text that people read a whole message that can be translated?

    python -m tools.check_translations

Looks at templates (text, the attributes that are read out, literals that look like text) and at
Python (what `gettext` and its kin are given, the labels of fields, flashed messages), and at the
catalogues, if there are any: is each of these texts translated? Exits with 1 and says where.
"""

import ast
import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jinja2
from jinja2 import nodes

from tools.catalogues import faults_of_catalogues

ROOT = Path(__file__).resolve().parent.parent
GETTEXT = {"_", "_l", "gettext", "lazy_gettext", "ngettext", "lazy_ngettext", "pgettext"}
#: What these return is drawn without escaping, values included.
LAZY = {"_l", "lazy_gettext", "lazy_ngettext"}
#: How many leading arguments of the plural forms are messages.
MESSAGES = {"ngettext": 2, "lazy_ngettext": 2}
SHOWN_KEYWORDS = {"label", "message", "description"}
VALIDATORS = {"ValidationError", "StopValidation"}
READ_OUT = {"alt", "aria-description", "aria-label", "placeholder", "title"}
#: Packages in which people who do not exist say something.
MADE_UP = {"demo"}
#: Words that are the same in every language.
NAMES = {"iCalendar", "UTC"}

PLACEHOLDER = re.compile(r"%\((\w+)\)")

TRANS = re.compile(r"{%-?\s*trans\b.*?{%-?\s*endtrans\s*-?%}", re.DOTALL)
TAG = re.compile(r"{#.*?#}|{%.*?%}|{{.*?}}", re.DOTALL)
WORD = re.compile(r"[^\W\d_]{2,}")
SENTENCE = re.compile(r"[A-Z][a-z]+([ ,.:!?]|$)")
GLUED = "a text is glued from parts: use one message with placeholders"
POSITIONAL = re.compile(r"(?<!%)%[sdrif]|{}")


def main() -> int:
    """Check, and return the exit code."""
    faults: list[str] = []
    for path in sorted(ROOT.glob("booking/templates/**/*.*")):
        faults += [f"{path.relative_to(ROOT)}:{fault}" for fault in faults_of_template(_read(path))]
    for path in sorted(ROOT.glob("booking/**/*.py")):
        if path.relative_to(ROOT).parts[1] in MADE_UP:
            continue
        faults += [f"{path.relative_to(ROOT)}:{fault}" for fault in faults_of_python(_read(path))]
    faults += faults_of_catalogues(ROOT / "booking", ROOT / "booking" / "translations")
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


def faults_of_template(source: str) -> list[str]:
    """Return line and text of what is in a template without gettext."""
    bare = TAG.sub(_blank, TRANS.sub(_blank, source))
    reader = _Texts()
    reader.feed(bare)
    reader.close()
    return reader.faults + list(_literals(source)) + list(_messages_in_template(source))


def faults_of_python(source: str) -> list[str]:
    """Return line and text of messages that are not whole, and of fields without gettext."""
    faults = []
    tree = ast.parse(source)
    in_functions = set(_calls_in_functions(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr | ast.BinOp) and _is_glued(node):
            faults.append(f"{node.lineno}: {GLUED}")
        if not isinstance(node, ast.Call):
            continue
        called = _name(node.func)
        if called in GETTEXT:
            faults += _faults_of_call(called, node)
            if called not in LAZY and node not in in_functions:
                faults.append(f"{node.lineno}: {called}() runs once, at import: use lazy_gettext()")
        shown = [keyword.value for keyword in node.keywords if keyword.arg in SHOWN_KEYWORDS]
        if called.endswith("Field") or called == "flash" or called in VALIDATORS:
            shown += node.args[:1]
        for value in shown:
            if isinstance(value, ast.Constant) and _has_words(str(value.value)):
                faults.append(f"{node.lineno}: {value.value!r} is shown without gettext")
            elif isinstance(value, ast.JoinedStr):
                faults.append(f"{node.lineno}: {GLUED}")
    return faults


def _faults_of_call(called: str, node: ast.Call) -> Iterator[str]:
    for message in node.args[: MESSAGES.get(called, 1)]:
        if not isinstance(message, ast.Constant):
            yield f"{node.lineno}: {called}() needs a whole literal text"
        elif fault := _fault_of_message(str(message.value)):
            yield f"{node.lineno}: {fault}"
    texts = [one.value for one in node.args if isinstance(one, ast.Constant)]
    given = {keyword.arg or "**" for keyword in node.keywords}
    if called in LAZY and given:
        yield f"{node.lineno}: {called}() has values, which pages would not escape: use gettext()"
    if fault := _fault_of_values(called, texts, given):
        yield f"{node.lineno}: {fault}"


def _calls_in_functions(tree: ast.Module) -> Iterator[ast.Call]:
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            body: list[ast.stmt] | list[ast.expr] = function.body
        elif isinstance(function, ast.Lambda):
            body = [function.body]
        else:
            continue
        for part in body:
            yield from (one for one in ast.walk(part) if isinstance(one, ast.Call))


def _is_glued(node: ast.JoinedStr | ast.BinOp) -> bool:
    if isinstance(node, ast.BinOp):
        parts: list[ast.expr] = [node.left, node.right] if isinstance(node.op, ast.Add) else []
    else:
        parts = [one.value for one in node.values if isinstance(one, ast.FormattedValue)]
    return any(isinstance(part, ast.Call) and _name(part.func) in GETTEXT for part in parts)


class _Texts(HTMLParser):
    """Collects text and read-out attributes that have words."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []
        self._unread = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unread += tag in ("script", "style")
        for name, value in attrs:
            if name in READ_OUT and value and _has_words(value):
                self._add(f"{name}={value!r}")

    def handle_endtag(self, tag: str) -> None:
        self._unread -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self._unread and _has_words(data):
            self._add(repr(" ".join(data.split())))

    def _add(self, what: str) -> None:
        self.faults.append(f"{self.getpos()[0]}: {what} is shown without gettext")


def _literals(source: str) -> Iterator[str]:
    """Yield the literals of Jinja expressions that look like text and pass no gettext."""
    tree = _parse(source)
    translated = {
        id(one)
        for call in tree.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name in GETTEXT
        for one in call.find_all(nodes.Const)
    }
    for literal in tree.find_all(nodes.Const):
        text = literal.value
        if isinstance(text, str) and id(literal) not in translated and SENTENCE.match(text):
            yield f"{literal.lineno}: {text!r} is shown without gettext"


def _messages_in_template(source: str) -> Iterator[str]:
    tree = _parse(source)
    for glue in tree.find_all((nodes.Concat, nodes.Add)):
        parts = glue.iter_child_nodes()
        names = [part.node for part in parts if isinstance(part, nodes.Call)]
        if any(isinstance(name, nodes.Name) and name.name in GETTEXT for name in names):
            yield f"{glue.lineno}: {GLUED}"
    for call in tree.find_all(nodes.Call):
        if not isinstance(call.node, nodes.Name) or call.node.name not in GETTEXT:
            continue
        for message in call.args[: MESSAGES.get(call.node.name, 1)]:
            if not isinstance(message, nodes.Const):
                yield f"{call.lineno}: {call.node.name}() needs a whole literal text"
            elif fault := _fault_of_message(str(message.value)):
                yield f"{call.lineno}: {fault}"
        texts = [one.value for one in call.args if isinstance(one, nodes.Const)]
        given = {keyword.key for keyword in call.kwargs} | ({"**"} if call.dyn_kwargs else set())
        if fault := _fault_of_values(call.node.name, texts, given):
            yield f"{call.lineno}: {fault}"


def _parse(source: str) -> nodes.Template:
    # The text between trans and endtrans is a message already.
    return jinja2.Environment(autoescape=True).parse(TRANS.sub(_blank, source))


def _blank(found: re.Match[str]) -> str:
    return "\n" * found.group().count("\n")


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _has_words(text: str) -> bool:
    return any(word not in NAMES for word in WORD.findall(text))


def _fault_of_message(text: str) -> str | None:
    if POSITIONAL.search(text):
        return f"{text!r}: name its placeholders, %(like)s this"
    if text != text.strip():
        return f"{text!r}: begins or ends with a blank, so it is glued to something"
    return None


def _fault_of_values(called: str, texts: list[Any], given: set[str]) -> str | None:
    """Return what is wrong with the values of a message, by their names.

    None are given where somebody else fills the message, as WTForms does; `**` gives any.
    """
    if not given or "**" in given:
        return None
    messages = [text for text in texts if isinstance(text, str)]
    named = {name for text in messages for name in PLACEHOLDER.findall(text)}
    if called in MESSAGES:
        named.discard("num")
    if named == given:
        return None
    return f"{messages[0]!r}: names {sorted(named)} and is given {sorted(given)}"


if __name__ == "__main__":
    sys.exit(main())
