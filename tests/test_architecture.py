"""Who may import whom. The walls stand between kinds of files; README "Rooms" draws them."""

import ast
import subprocess
import sys
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("booking/**/*.py"))


@dataclass(frozen=True)
class Room:
    """What a kind of file may import beside the standard library.

    `own` are patterns of our modules, `{feature}` being the file's own package, and `KIND` in
    capitals every module of that kind; `others` are libraries, or `library:name`. `for_types`
    are further patterns of ours, for what is imported only `if TYPE_CHECKING`.
    """

    own: tuple[str, ...]
    others: tuple[str, ...]
    cure: str
    for_types: tuple[str, ...] = ()


EVERYTHING = Room(("*",), ("*",), "")
ROOMS = {
    "package": Room((), (), "a package's __init__ is its docstring: import from its modules"),
    "rules": Room(
        ("booking.rules", "booking.rules.*"),
        ("dateutil",),
        "rules are pure: let the caller hand in values, `now` too",
    ),
    "layout": Room(
        ("booking.rules.*", "booking.times", "booking.{feature}.*layout"),
        ("dateutil",),
        "a layout is pure: let the view hand in what the queries found",
    ),
    "models": Room(
        ("booking.extensions", "booking.times", "booking.rules.*", "MODELS"),
        ("sqlalchemy", "flask_login:UserMixin"),
        "models are tables: what is done with them belongs into a service",
    ),
    "forms": Room(
        ("booking.forms", "booking.times", "booking.rules.*", "booking.{feature}.*forms"),
        ("wtforms", "flask_wtf", "flask_babel:lazy_gettext"),
        "forms know no rows: let the view hand the choices in",
    ),
    "service": Room(
        (
            "booking.extensions",
            "booking.clock",
            "booking.transactions",
            "booking.errors",
            "booking.times",
            "booking.config",
            "booking.rules.*",
            "MODELS",
            "SERVICE",
            "LAYOUT",
        ),
        ("sqlalchemy", "dateutil", "argon2", "holidays", "icalendar"),
        "services know no pages: take plain values, return plain values, raise booking.errors",
    ),
    "views": Room(
        (
            "booking.access",
            "booking.clock",
            "booking.errors",
            "booking.formats",
            "booking.forms",
            "booking.rules.*",
            "booking.times",
            "booking.wording",
            "booking.{feature}.*forms",
            "LAYOUT",
            "SERVICE",
            "VIEWS",
        ),
        ("flask", "flask_babel", "flask_login", "flask_wtf:CSRFError", "markupsafe", "werkzeug"),
        "views read and write through a service: no database here",
        for_types=("MODELS",),
    ),
    "ground": Room(
        ("booking.rules.*",),
        ("sqlalchemy", "flask_*"),
        "what everything stands on can stand on nothing of ours but the rules",
    ),
    "edge": EVERYTHING,
}
GROUND = {"clock", "config", "errors", "extensions", "times"}
BY_ITSELF = {"demo", "bench"}  # packages that use the product from outside
EDGES = {"commands", "session", "mail", "worker"}  # where a feature meets the outside


def kind_of(file: str) -> str:
    """The room that a file of `booking` stands in."""
    path = PurePosixPath(file)
    folders, stem = path.parts[1:-1], path.stem
    if stem == "__init__":
        return "package"
    if not folders:
        return "ground" if stem in GROUND else "edge"
    if folders[0] == "rules":
        return "rules"
    if folders[0] in BY_ITSELF or stem in EDGES:
        return "edge"
    for kind in ("layout", "models", "forms", "views"):
        if stem == kind or stem.endswith(f"_{kind}"):
            return kind
    return "service"


@dataclass(frozen=True)
class Import:
    """What one line imports: a module, and a name from it or "" for the module itself."""

    line: int
    module: str
    name: str
    for_types: bool


def imports_of(file: str, source: str) -> list[Import]:
    """All that a file imports, anywhere in it."""
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


def broken_walls(file: str, source: str) -> list[str]:
    """What a file imports and may not, with the cure."""
    room = ROOMS[kind_of(file)]
    feature = PurePosixPath(file).parts[1]
    broken = []
    for one in imports_of(file, source):
        library = one.module.split(".")[0]
        if library in sys.stdlib_module_names:
            continue
        if library == "booking":
            kind = kind_of(f"{one.module.replace('.', '/')}.py").upper()
            patterns = (*room.own, *(room.for_types if one.for_types else ()))
            wanted = [pattern.format(feature=feature) for pattern in patterns]
            allowed = kind in wanted or any(fnmatchcase(one.module, own) for own in wanted)
        else:
            imported = (library, f"{library}:{one.name}")
            allowed = any(fnmatchcase(what, other) for what in imported for other in room.others)
        if not allowed:
            what = f"{one.module}.{one.name}" if one.name else one.module
            broken.append(f"{file}:{one.line} imports {what}; {room.cure}")
    return broken


def test_every_file_imports_only_what_its_room_allows():
    broken = [wall for file in FILES for wall in broken_walls(file, (ROOT / file).read_text())]

    assert not broken, "\n" + "\n".join(broken)


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("booking/rules/slots.py", "from flask import request"),
        ("booking/rules/slots.py", "import sqlalchemy as sa"),
        ("booking/rules/slots.py", "from booking import clock"),
        ("booking/rules/slots.py", "from ..extensions import db"),
        ("booking/rules/slots.py", "def late():\n    import flask"),
        ("booking/calendars/layout.py", "from booking.extensions import db"),
        ("booking/calendars/layout.py", "from booking.calendars.queries import x"),
        ("booking/clusters/models.py", "from flask import url_for"),
        ("booking/clusters/models.py", "from flask_login import current_user"),
        ("booking/clusters/models.py", "from booking.requests.service import x"),
        ("booking/requests/forms.py", "from booking.facilities.models import Facility"),
        ("booking/requests/forms.py", "from booking.extensions import db"),
        ("booking/requests/forms.py", "from flask_babel import gettext"),
        ("booking/requests/forms.py", "from booking.accounts.forms import x"),
        ("booking/requests/service.py", "from flask import g"),
        ("booking/requests/service.py", "from flask_login import current_user"),
        ("booking/requests/service.py", "from .forms import AskForm"),
        ("booking/requests/service.py", "from . import views"),
        ("booking/requests/service.py", "if TYPE_CHECKING:\n    from . import views"),
        ("booking/requests/service.py", "from booking import access"),
        ("booking/requests/queries.py", "from booking.wording import refusal_text"),
        ("booking/requests/queries.py", "from booking.demo.people import x"),
        ("booking/requests/views.py", "from booking.extensions import db"),
        ("booking/requests/views.py", "from booking import extensions"),
        ("booking/requests/views.py", "from sqlalchemy import select"),
        ("booking/requests/views.py", "from booking.requests.models import Booking"),
        ("booking/requests/views.py", "from booking.accounts.forms import SignInForm"),
        ("booking/times.py", "from booking.facilities.models import Facility"),
        ("booking/__init__.py", "from booking.app import create_app"),
    ],
)
def test_a_broken_wall_is_seen(file, source):
    assert len(broken_walls(file, source)) == 1


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("booking/rules/slots.py", "from datetime import datetime\nfrom .opening import Unit"),
        ("booking/accounts/models.py", "from flask_login import UserMixin"),
        ("booking/requests/forms.py", "from flask_babel import lazy_gettext as _l"),
        ("booking/requests/service.py", "from booking import clock\nfrom . import models"),
        ("booking/requests/service.py", "from booking.facilities.queries import x"),
        ("booking/requests/views.py", "from flask import request\nfrom .forms import AskForm"),
        ("booking/requests/views.py", "from booking.facilities.service import x"),
        ("booking/requests/views.py", "if TYPE_CHECKING:\n    from .models import Booking"),
        ("booking/app.py", "from booking.requests.views import blueprint"),
        ("booking/demo/people.py", "from booking.extensions import db"),
    ],
)
def test_an_open_door_is_seen(file, source):
    assert broken_walls(file, source) == []


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


def test_only_the_clock_asks_what_time_it_is():
    asked = []
    for file in FILES:
        if file == "booking/clock.py":
            continue
        for node in ast.walk(ast.parse((ROOT / file).read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                call = ast.unparse(node.func)
                if call in ("datetime.now", "datetime.utcnow", "date.today", "time.time"):
                    asked.append(f"{file}:{node.lineno} calls {call}(): use booking.clock.now()")

    assert not asked, "\n" + "\n".join(asked)
