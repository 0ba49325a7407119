"""Walls inside a package: which kind of file may import what.

The order of the packages is `import-linter`'s business (`pyproject.toml`); this holds what it
cannot say: that one file never both reads the database and speaks to people, and what files of
a certain name may import.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("booking/**/*.py"))

#: What reads and writes rows, and what speaks to people.
DATABASE = ("sqlalchemy", "booking.extensions", "booking.db.transactions", "booking.db.in_ids")
PEOPLE = (
    "flask",
    "flask_babel",
    "flask_login",
    "flask_wtf",
    "markupsafe",
    "werkzeug",
    "wtforms",
    "booking.web",
    "booking.wording",
)
#: A value and its columns in one file: tables are built from it, pages show it.
COLUMNS = ("booking.bookings.details",)
#: Where the product meets the outside, or is put together: these may do both.
EDGES = {"app", "cli", "extensions", "commands", "session", "mail", "worker"}
EDGE_FILES = (
    "booking/web/error_pages.py",
    "booking/web/health.py",
    "booking/bench/",
    "booking/demo/",
)


@dataclass(frozen=True)
class Import:
    """What one line imports: a module, and a name from it or "" for the module itself."""

    line: int
    module: str
    name: str
    for_types: bool

    def is_of(self, packages: tuple[str, ...]) -> bool:
        """Return whether it comes from one of these modules or packages."""
        return any(self.module == one or self.module.startswith(f"{one}.") for one in packages)


def imports_of(file: str, source: str) -> list[Import]:
    """Return all that a file imports, anywhere in it."""
    found = []
    package = PurePosixPath(file).parent.parts
    tree = ast.parse(source)
    for_types = {
        node
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for statement in block.body
        for node in ast.walk(statement)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [
                Import(node.lineno, alias.name, "", node in for_types) for alias in node.names
            ]
        elif isinstance(node, ast.ImportFrom):
            near = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*near, *([node.module] if node.module else [])))
            for alias in node.names:
                whole = f"{module}.{alias.name}"
                is_module = module.startswith("booking") and _exists(whole)
                what = (whole, "") if is_module else (module, alias.name)
                found.append(Import(node.lineno, *what, node in for_types))
    return found


def _exists(module: str) -> bool:
    path = ROOT.joinpath(*module.split("."))
    return path.with_suffix(".py").exists() or path.is_dir()


def kind_of(file: str) -> str:
    """Return what the name of a file promises; "" promises nothing."""
    path = PurePosixPath(file)
    if path.stem == "__init__":
        return "package"
    if path.parts[0] != "booking":
        return ""
    if path.parts[1] == "rules":
        return "rules"
    if path.stem in EDGES or file.startswith(EDGE_FILES):
        return "edge"
    for kind in ("models", "forms", "views", "service", "queries", "presenter", "messages"):
        if path.stem == kind or path.stem.endswith(f"_{kind}"):
            return kind
    return ""


def _is_model(one: Import) -> bool:
    return kind_of(f"{one.module.replace('.', '/')}.py") == "models"


def reads_database(one: Import) -> bool:
    """Return whether an import brings the database in."""
    return one.is_of(DATABASE) or (_is_model(one) and not one.for_types)


def speaks_to_people(one: Import) -> bool:
    """Return whether an import brings in pages, forms or words, also indirectly."""
    if one.is_of(PEOPLE):
        return (one.module, one.name) != ("flask_login", "UserMixin")
    file = f"{one.module.replace('.', '/')}.py"
    return one.module.startswith("booking.") and file in _people_files()


@cache
def _people_files() -> frozenset[str]:
    imports = {file: imports_of(file, (ROOT / file).read_text()) for file in FILES}
    found: set[str] = set()
    grown = True
    while grown:
        more = {
            file
            for file, ones in imports.items()
            if file not in found and kind_of(file) != "edge"
            for one in ones
            if (one.is_of(PEOPLE) and one.name != "UserMixin")
            or f"{one.module.replace('.', '/')}.py" in found
        }
        grown = bool(more)
        found |= more
    return frozenset(found)


def _is_ours(one: Import) -> bool:
    return one.module.split(".")[0] == "booking"


@dataclass(frozen=True)
class Wall:
    """What files of one kind may not import, and what to do instead."""

    refuses: Callable[[Import], bool]
    cure: str


WALLS = {
    "package": Wall(lambda _: True, "a package's __init__ is its docstring"),
    "rules": Wall(
        lambda one: not one.is_of(("booking.rules", "confusable_homoglyphs", "dateutil")),
        "rules are pure: let the caller hand in values, `now` too",
    ),
    "models": Wall(
        lambda one: (
            _is_ours(one)
            and not one.is_of(("booking.extensions", "booking.db", "booking.rules", *COLUMNS))
            and not _is_model(one)
        ),
        "models are tables: what is done with them belongs into a service",
    ),
    "forms": Wall(
        lambda one: (
            one.is_of(DATABASE)
            or _is_model(one)
            or (one.module == "flask_babel" and one.name not in ("gettext", "lazy_gettext"))
            or (
                _is_ours(one)
                and not one.is_of(("booking.web.fields", "booking.db.times", "booking.rules"))
                and kind_of(f"{one.module.replace('.', '/')}.py") != "forms"
            )
        ),
        "forms know no rows: let the view hand the choices in",
    ),
    "service": Wall(
        speaks_to_people, "services know no pages: take and return plain values, raise errors"
    ),
    "queries": Wall(speaks_to_people, "queries know no pages: return plain values"),
    "views": Wall(reads_database, "views read and write through a service: no database here"),
    "presenter": Wall(reads_database, "a presenter works from the values of services"),
    "messages": Wall(reads_database, "messages are words: let the service hand in the values"),
}


def broken_walls(file: str, source: str) -> list[str]:
    """Return what a file imports and may not, with the cure."""
    kind = kind_of(file)
    imports = [
        one
        for one in imports_of(file, source)
        if one.module.split(".")[0] not in sys.stdlib_module_names
    ]
    if kind in WALLS:
        wall = WALLS[kind]
        return [
            f"{file}:{one.line} imports {one.module} {one.name}; {wall.cure}"
            for one in imports
            if wall.refuses(one)
        ]
    if kind == "" and any(reads_database(one) for one in imports):
        return [
            f"{file}:{one.line} imports {one.module} {one.name}; it reads the database, so it "
            "may not speak to people"
            for one in imports
            if speaks_to_people(one)
        ]
    return []


def test_every_file_imports_only_what_its_kind_allows():
    broken = [wall for file in FILES for wall in broken_walls(file, (ROOT / file).read_text())]

    assert not broken, "\n" + "\n".join(broken)


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("booking/rules/slots.py", "from flask import request"),
        ("booking/rules/slots.py", "import sqlalchemy as sa"),
        ("booking/rules/slots.py", "from booking.db import clock"),
        ("booking/rules/slots.py", "from ..extensions import db"),
        ("booking/rules/slots.py", "def late():\n    import flask"),
        ("booking/clusters/models.py", "from booking.requests.service import x"),
        ("booking/requests/forms.py", "from booking.facilities.models import Facility"),
        ("booking/requests/forms.py", "from booking.extensions import db"),
        ("booking/requests/forms.py", "from flask_babel import format_date"),
        ("booking/requests/forms.py", "from booking.requests.service import x"),
        ("booking/requests/service.py", "from flask import g"),
        ("booking/requests/service.py", "from flask_login import current_user"),
        ("booking/requests/service.py", "from .forms import RequestForm"),
        ("booking/requests/service.py", "from . import views"),
        ("booking/requests/service.py", "if TYPE_CHECKING:\n    from . import views"),
        ("booking/requests/service.py", "from booking.web import access"),
        ("booking/requests/queries.py", "from booking.wording.refusals import refusal_text"),
        ("booking/requests/views.py", "from booking.extensions import db"),
        ("booking/requests/views.py", "from booking import extensions"),
        ("booking/requests/views.py", "from sqlalchemy import select"),
        ("booking/requests/views.py", "from booking.bookings.models import Booking"),
        ("booking/requests/presenter.py", "from booking.extensions import db"),
        ("booking/requests/messages.py", "import sqlalchemy as sa"),
        ("booking/requests/any.py", "from booking.extensions import db\nfrom flask import g"),
        ("booking/requests/any.py", "import sqlalchemy\nfrom booking.requests.views import x"),
        ("booking/__init__.py", "from booking.app import create_app"),
    ],
)
def test_a_forbidden_import_is_found(file, source):
    assert len(broken_walls(file, source)) == 1


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("booking/rules/slots.py", "from datetime import datetime\nfrom .opening import Unit"),
        ("booking/accounts/models.py", "from flask_login import UserMixin"),
        ("booking/requests/forms.py", "from flask_babel import lazy_gettext as _l"),
        ("booking/requests/forms.py", "from flask_babel import gettext"),
        ("booking/requests/service.py", "from booking.db import clock\nfrom . import models"),
        ("booking/requests/service.py", "from booking.facilities.queries import x"),
        ("booking/requests/views.py", "from flask import request\nfrom .forms import RequestForm"),
        ("booking/requests/views.py", "from booking.facilities.queries import x"),
        ("booking/requests/views.py", "if TYPE_CHECKING:\n    from .models import Booking"),
        ("booking/requests/any.py", "from booking.facilities.queries import x\nimport flask"),
        ("booking/app.py", "from booking.requests.views import blueprint"),
        ("booking/demo/people.py", "from booking.extensions import db\nfrom flask import g"),
    ],
)
def test_an_allowed_import_is_accepted(file, source):
    assert broken_walls(file, source) == []


def test_a_file_named_views_has_routes():
    without = [
        file
        for file in FILES
        if kind_of(file) == "views"
        and not re.search(
            r"^@(blueprint\.|of_facility_or_draft\()", (ROOT / file).read_text(), re.MULTILINE
        )
    ]

    assert without == []


def test_the_rules_load_without_flask_and_without_a_database():
    modules = [
        file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for file in FILES
        if file.startswith("booking/rules/")
    ]
    lines = [f"import {module}" for module in modules]
    lines.append("import sys; print(*({'flask', 'sqlalchemy'} & set(sys.modules)))")

    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)],
        capture_output=True,
        check=True,
        text=True,
        cwd=ROOT,
    )

    assert done.stdout.split() == []


def test_only_the_clock_reads_the_time():
    found = []
    for file in FILES:
        if file == "booking/db/clock.py":
            continue
        for node in ast.walk(ast.parse((ROOT / file).read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                call = ast.unparse(node.func)
                if call in ("datetime.now", "datetime.utcnow", "date.today", "time.time"):
                    found.append(f"{file}:{node.lineno} calls {call}(): use booking.db.clock.now()")

    assert not found, "\n" + "\n".join(found)
