"""Links of the documentation lead somewhere, and the check sees those that do not."""

from pathlib import Path

import pytest

from tools.check_links import ROOT, anchors, faults_of_links

GUIDE = """# The guide

## Dates & times: a `slot`

## Places

## Places
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "guide.md").write_text(GUIDE)
    (tmp_path / "docs" / "two words.png").touch()
    return tmp_path


@pytest.mark.parametrize(
    "link",
    [
        "[a](docs/guide.md)",
        "[a](docs)",
        "[a](docs/guide.md#places)",
        "[a](docs/guide.md#places-1)",
        "[a](docs/guide.md#dates--times-a-slot)",
        "[a](#here)\n\n# Here",
        "![a](docs/two%20words.png 'with a title')",
        "[a][b]\n\n[b]: docs/guide.md",
        '<img src="docs/two words.png" alt="">',
        "[a](https://example.org/none) <mailto:a@example.org>",
        "`[a](none.md)`",
        "```md\n[a](none.md)\n```",
    ],
)
def test_a_good_link_is_left_alone(folder: Path, link: str):
    (folder / "README.md").write_text(link)

    assert faults_of_links(folder) == []


@pytest.mark.parametrize(
    "link",
    [
        "[a](none.md)",
        "![a](docs/none.png)",
        "[a](docs/guide.md#none)",
        "[a](#none)",
        "[a](docs/guide.md#places-2)",
        "[a](/docs/guide.md)",
        "[a](../outside.md)",
        "[a]()",
        "[a][b]\n\n[b]: none.md",
        '<a href="none.md">a</a>',
        "[two\nlines](none.md)",
    ],
)
def test_a_broken_link_is_found(folder: Path, link: str):
    (folder / "README.md").write_text(link)

    assert len(faults_of_links(folder)) == 1


def test_a_broken_link_is_named_with_file_and_line(folder: Path):
    (folder / "docs" / "index.md").write_text("# Index\n\n[a](none.md)\n")

    assert faults_of_links(folder) == ["docs/index.md:3: none.md: there is no such file"]


def test_a_line_in_a_code_block_is_not_a_heading():
    assert anchors("# One\n\n```sh\n# two\n```\n") == {"one"}


def test_all_links_of_this_repository_lead_somewhere():
    assert faults_of_links(ROOT) == []
