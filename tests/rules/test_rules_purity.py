import subprocess
import sys

EVERYTHING = (
    "import pkgutil, sys, importlib, booking.rules as rules;"
    "names = [m.name for m in pkgutil.iter_modules(rules.__path__)];"
    "[importlib.import_module(f'booking.rules.{name}') for name in names];"
    "heavy = {'flask', 'sqlalchemy', 'wtforms', 'babel', 'werkzeug', 'jinja2'} & set(sys.modules);"
    "print(len(names), sorted(heavy))"
)


def test_the_rules_load_without_framework_and_database():
    run = subprocess.run(
        [sys.executable, "-c", EVERYTHING], capture_output=True, text=True, check=True
    )
    count, heavy = run.stdout.split(maxsplit=1)
    assert int(count) > 10
    assert heavy.strip() == "[]"
