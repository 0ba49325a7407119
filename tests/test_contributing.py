"""The guide for contributors says what the code says."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROW = re.compile(r"^\| `(\w+)` \| (.+) \|$", re.MULTILINE)


def test_the_package_table_matches_the_package_docstrings():
    guide = (ROOT / "docs" / "contributing.md").read_text(encoding="utf-8")
    table = guide.partition("| package |")[2].partition("\n\n")[0]
    said = dict(ROW.findall(table))

    docstrings = {
        file.parent.name: ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))
        for file in (ROOT / "booking").glob("*/__init__.py")
    }
    expected = {name: text.splitlines()[0].rstrip(".") for name, text in docstrings.items()}
    assert said == expected


def test_the_files_that_the_guide_names_exist():
    guide = (ROOT / "docs" / "contributing.md").read_text(encoding="utf-8")
    names = re.findall(r"`((?:booking|tests|docs)/[\w/.]+)`", guide)
    missing = [name for name in names if not (ROOT / name).exists()]

    assert names
    # The page that the example adds.
    assert missing == ["booking/templates/browse/rules.html"]
