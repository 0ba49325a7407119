"""The guides for users, `docs/users/*.md`, made into pages: read once in each process."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

DOCS = Path(__file__).resolve().parents[2] / "docs"
#: The guides by the last part of their address.
GUIDES = ("partner", "approver", "keeper", "coordinator", "administrator")
IMAGES = DOCS / "images"
_GUIDE_LINK = re.compile(rf"({'|'.join(GUIDES)})\.md(#[\w-]+)?")
_IMAGE_LINK = re.compile(r"\.\./images/([a-z-]+\.png)")


@dataclass(frozen=True)
class Guide:
    """A guide: its heading, its first paragraph as plain text, and all below the heading."""

    name: str
    title: str
    summary: str
    body: Markup


@cache
def guide(name: str, help_path: str) -> Guide:
    """Return a guide, with links below `help_path`, the address of the help.

    Raises:
        OSError: the documentation is not installed beside the application.
    """
    # Without HTML, so that the text can be shown as it is.
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = reader.parse((DOCS / "users" / f"{name}.md").read_text("utf-8"))
    title, summary = tokens[1].content, _plain(tokens[4])
    below = tokens[3:]
    for token, following in zip(below, [*below[1:], None], strict=True):
        if token.type == "heading_open" and following is not None:
            token.attrSet("id", anchor(following.content))
        if token.children is not None:
            token.children = _adapted(token.children, help_path)
    body = reader.renderer.render(below, reader.options, {})
    return Guide(name, title, summary, Markup(body))  # noqa: S704  # made of our own files


def _plain(inline: Token) -> str:
    """Return the text of a paragraph without its marks; line breaks become blanks."""
    return "".join(" " if one.type == "softbreak" else one.content for one in inline.children or ())


def anchor(heading: str) -> str:
    """Return the name of a heading in links, as the platforms that show Markdown make it."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def _adapted(inline: list[Token], help_path: str) -> list[Token]:
    """Let links lead to the pages of the help; of links to other files only the text stays."""
    kept, open_links = [], []
    for token in inline:
        if token.type == "link_open":
            href = str(token.attrGet("href") or "")
            if found := _GUIDE_LINK.fullmatch(href):
                token.attrSet("href", f"{help_path}/{found[1]}{found[2] or ''}")
            open_links.append(bool(found) or href.startswith("#"))
            if not open_links[-1]:
                continue
        elif token.type == "link_close" and not open_links.pop():
            continue
        elif token.type == "image":
            found = _IMAGE_LINK.fullmatch(str(token.attrGet("src") or ""))
            if found is None:
                continue
            token.attrSet("src", f"{help_path}/images/{found[1]}")
            token.attrSet("loading", "lazy")
        kept.append(token)
    return kept
