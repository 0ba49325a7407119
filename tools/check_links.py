"""Do the links of the documentation lead somewhere?

    python -m tools.check_links

Every relative link and image in a Markdown file must lead to a file of this repository, and an
anchor to a heading of that file. Links to other sites are not followed. Exits with 1 and says what
is broken.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

ROOT = Path(__file__).resolve().parent.parent
FENCE = re.compile(r"^( {0,3})(```+|~~~+).*?^ {0,3}\2[`~]*[ \t]*$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)", re.DOTALL)
HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$", re.MULTILINE)
INLINE = re.compile(r"\]\(\s*<?([^)\s>]*)>?(?:\s+[\"'(][^)]*)?\)")
REFERENCE = re.compile(r"^ {0,3}\[[^\]]+\]:\s*<?([^\s>]+)", re.MULTILINE)
HTML = re.compile(r"<(?:a|img)\b[^>]*?\b(?:href|src)=[\"']([^\"']*)", re.IGNORECASE)
OTHER_SITE = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)
# What a heading may hold around the words that its anchor is made of.
LINK_IN_HEADING = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
NO_ANCHOR_SIGN = re.compile(r"[^\w\- ]")


def main() -> int:
    """Check, and return the exit code."""
    faults = faults_of_links(ROOT)
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


def faults_of_links(root: Path) -> list[str]:
    """Return file, line and target of the links under `root` that lead nowhere."""
    paths = sorted((*root.glob("*.md"), *root.glob("[!.]*/**/*.md")))
    return [fault for path in paths for fault in _faults_of_file(path, root)]


def _faults_of_file(path: Path, root: Path) -> Iterator[str]:
    text = _without_code(path.read_text(encoding="utf-8"))
    for line, target in _links(text):
        if OTHER_SITE.match(target):
            continue
        if fault := _fault_of_target(target, path, root):
            yield f"{path.relative_to(root)}:{line}: {target or 'an empty link'}: {fault}"


def _fault_of_target(target: str, path: Path, root: Path) -> str | None:
    name, _, anchor = target.partition("#")
    if not name and not anchor:
        return "leads nowhere"
    if name.startswith("/"):
        return "begins with /; name it from the folder of this file"
    leads_to = (path.parent / unquote(name)).resolve() if name else path
    if not leads_to.is_relative_to(root):
        return "leads out of the repository"
    if not leads_to.exists():
        return "there is no such file"
    if not anchor:
        return None
    if leads_to.suffix != ".md":
        return "only Markdown files have headings"
    if unquote(anchor) not in anchors(leads_to.read_text(encoding="utf-8")):
        return "there is no such heading"
    return None


def anchors(markdown: str) -> set[str]:
    """Return the anchors of all headings, as code hosting sites make them."""
    found: dict[str, int] = {}
    for heading in HEADING.findall(FENCE.sub(_blank, markdown)):
        words = NO_ANCHOR_SIGN.sub("", LINK_IN_HEADING.sub(r"\1", heading).lower())
        anchor = words.strip().replace(" ", "-")
        count = found.get(anchor, 0)
        found[anchor] = count + 1
        if count:
            found[f"{anchor}-{count}"] = 1
    return set(found)


def _links(text: str) -> list[tuple[int, str]]:
    found = [match for kind in (INLINE, REFERENCE, HTML) for match in kind.finditer(text)]
    found.sort(key=lambda match: match.start())
    return [(text.count("\n", 0, match.start()) + 1, match.group(1)) for match in found]


def _without_code(text: str) -> str:
    return CODE.sub(_blank, FENCE.sub(_blank, text))


def _blank(found: re.Match[str]) -> str:
    return "\n" * found.group().count("\n")


if __name__ == "__main__":
    sys.exit(main())
