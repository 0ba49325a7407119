"""Reading pages in tests; each page that is read is also checked for faults."""

import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from secrets import token_hex

from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
NAMED_ANOTHER_WAY = {"hidden", "submit", "button", "image", "reset"}
POINTING = ("for", "aria-labelledby", "aria-describedby", "aria-controls", "aria-errormessage")


class Element:
    """One element of a page."""

    def __init__(self, tag: str, attributes: dict[str, str], parent: "Element | None") -> None:
        self.tag, self.attributes, self.parent = tag, attributes, parent
        self.children: list[Element | str] = []
        self._below: list[Element] | None = None

    def get(self, name: str, default: str | None = None) -> str | None:
        return self.attributes.get(name, default)

    def __iter__(self) -> "Iterator[Element]":
        """Each element below this one, in the order of the page, which is read to its end."""
        if self._below is None:
            self._below = []
            waiting = self.children[::-1]
            while waiting:
                child = waiting.pop()
                if isinstance(child, Element):
                    self._below.append(child)
                    waiting += child.children[::-1]
        return iter(self._below)

    def all(self, *tags: str, **attributes: str) -> "list[Element]":
        """The elements below of these tags (none: any) whose attributes are just so.

        `class_="x"` asks for one of the classes; `aria_label` means aria-label.
        """
        classes = set(attributes.pop("class_", "").split())
        found = [element for element in self if not tags or element.tag in tags]
        for name, value in attributes.items():
            attribute = name.replace("_", "-")
            found = [element for element in found if element.get(attribute) == value]
        if classes:
            found = [one for one in found if classes <= set((one.get("class") or "").split())]
        return found

    def one(self, *tags: str, **attributes: str) -> "Element":
        """The only such element; fails when there is none, or a second."""
        found = self.all(*tags, **attributes)
        assert len(found) == 1, f"{len(found)} of {tags} {attributes}"
        return found[0]

    @property
    def text(self) -> str:
        """All text in it, blanks as one; nothing of scripts and styles."""
        return " ".join("".join(self._texts()).split())

    def _texts(self) -> Iterator[str]:
        for child in self.children:
            if isinstance(child, str):
                yield child
            elif child.tag not in ("script", "style", "template"):
                yield from child._texts()
                yield "" if child.tag in INLINE else " "

    def values(self) -> list[tuple[str, str]]:
        """What a browser would send of this form unchanged, without its buttons."""
        sent = []
        for field in self._fields():
            name, kind = field.get("name"), field.get("type", "text")
            if not name or "disabled" in field.attributes or kind in ("submit", "button", "image"):
                continue
            if field.tag == "textarea":
                sent.append(
                    (name, "".join(field._texts()).replace("\r\n", "\n").removeprefix("\n"))
                )
            elif field.tag == "select":
                options = field.all("option")
                chosen = [option for option in options if "selected" in option.attributes]
                first = [] if "multiple" in field.attributes else options[:1]
                sent += [(name, o.get("value", o.text)) for o in chosen or first]
            elif kind not in ("checkbox", "radio") or "checked" in field.attributes:
                sent.append((name, field.get("value", "on" if kind == "checkbox" else "")))
        return sent

    def _fields(self) -> "list[Element]":
        """The fields of this form, also those elsewhere on the page that name it as theirs."""
        tags = "input", "select", "textarea"
        page = self
        while page.parent is not None:
            page = page.parent
        named = page.all(*tags, form=self.attributes["id"]) if self.get("id") else []
        return self.all(*tags) + named


INLINE = {"a", "abbr", "b", "bdi", "code", "em", "i", "mark", "small", "span", "strong", "time"}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = self.open = Element("page", {}, None)
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        twice = [name for name, n in Counter(name for name, _ in attrs).items() if n > 1]
        self.faults += [f"<{tag}> has {name} twice" for name in twice]
        element = Element(tag, {name: value or "" for name, value in attrs}, self.open)
        self.open.children.append(element)
        if tag not in VOID:
            self.open = element

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if self.open.tag != tag:
            self.faults.append(f"</{tag}> closes <{self.open.tag}>")
            return
        self.open = self.open.parent or self.root

    def handle_data(self, data: str) -> None:
        self.open.children.append(data)


def read_page(html: str) -> Element:
    """Return the page as a tree; fails if the page has faults."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    page = reader.root
    faults = [*reader.faults, *faults_of(page)]
    if reader.open is not page:
        faults.append(f"<{reader.open.tag}> is never closed")
    assert not faults, "The page has faults:\n- " + "\n- ".join(faults)
    return page


def get_page(client: FlaskClient, url: str, status: int = 200) -> Element:
    """The page at `url`, checked; fails when it answers with another status."""
    response = client.get(url)
    assert response.status_code == status, f"{url} answers {response.status}: {response.location}"
    return read_page(response.text)


def text_of(response: TestResponse) -> str:
    """Return a page as it reads; its form tokens change from second to second and are left out."""
    return re.sub(r'name="csrf_token" value="[^"]*"', "", response.text)


def csrf_token(client: FlaskClient) -> str:
    """A token with which this client may post, for tests that post without a page."""
    with client.session_transaction() as session:
        secret = session.setdefault("csrf_token", token_hex(20))
    serializer = URLSafeTimedSerializer(client.application.secret_key, salt="wtf-csrf-token")
    return serializer.dumps(secret)


def post(client: FlaskClient, url: str, data: dict | None = None, **kwargs: object) -> TestResponse:
    """Post `data` with a good token; redirects are not followed."""
    return client.post(url, data={"csrf_token": csrf_token(client), **(data or {})}, **kwargs)


def submit(
    client: FlaskClient, form: Element, typed: dict[str, object] | None = None, button: str = ""
) -> TestResponse:
    """Send a form of a page as a browser does: its values, replaced by those in `typed`.

    A typed list means several values, None that a box is unticked. `button` is the text of the
    button that is pressed, needed where it carries a name.
    """
    sent: dict[str, list[str]] = {}
    for name, value in form.values():
        sent.setdefault(name, []).append(value)
    for name, value in (typed or {}).items():
        sent[name] = value if isinstance(value, list) else [] if value is None else [value]
    url = form.get("action") or ""
    if button:
        pressed = [b for b in form.all("button", "input") if button in (b.text, b.get("value"))]
        assert len(pressed) == 1, f"{len(pressed)} buttons say {button!r}"
        if name := pressed[0].get("name"):
            sent[name] = [pressed[0].get("value") or ""]
        url = pressed[0].get("formaction") or url
    if form.get("method", "get").lower() == "get":
        return client.get(url, query_string=sent)
    return client.post(url, data=sent)


def faults_of(page: Element) -> list[str]:
    """Return what is wrong with the page, one sentence a fault."""
    return [*_faults_of_frame(page), *_faults_of_ids(page), *_faults_of_policy(page)] + [
        fault for form in page.all("form") for fault in _faults_of_form(form, page)
    ]


def _faults_of_frame(page: Element) -> Iterator[str]:
    if not any(html.get("lang") for html in page.all("html")):
        yield "<html> does not name its language"
    if len(page.all("main")) != 1:
        yield f"{len(page.all('main'))} <main>, not one"
    headings = [heading.text for heading in page.all("h1")]
    titles = [title.text.removeprefix("Error: ") for title in page.all("title")]
    if len(headings) != 1:
        yield f"{len(headings)} <h1>, not one: {headings}"
    elif len(titles) != 1 or not headings[0] or not titles[0].startswith(headings[0]):
        yield f"the title {titles} does not begin with the heading {headings[0]!r}"
    for image in page.all("img"):
        if image.get("alt") is None:
            yield f"the image {image.get('src')} has no alt"


def _faults_of_ids(page: Element) -> Iterator[str]:
    ids = Counter(element.get("id") for element in page if element.get("id") is not None)
    yield from (f"{n} elements have the id {one!r}" for one, n in ids.items() if n > 1)
    for element in page:
        for name in POINTING:
            for target in (element.get(name) or "").split():
                if target not in ids:
                    yield f'<{element.tag} {name}="{target}"> points at nothing'
    labelled = {label.get("for") for label in page.all("label") if label.text}
    inside = {id(field) for label in page.all("label") if label.text for field in label}
    for field in page.all("input", "select", "textarea"):
        named = field.get("id") in labelled or id(field) in inside
        named = named or field.get("aria-label") or field.get("aria-labelledby")
        if not named and field.get("type") not in NAMED_ANOTHER_WAY:
            yield f"<{field.tag} name={field.get('name')!r}> has no label"
    for element in page.all("button", "a"):
        hint = element.get("aria-label") or element.get("aria-labelledby")
        if not element.text and not hint and not any(i.get("alt") for i in element.all("img")):
            yield f"<{element.tag} {element.attributes}> has no text"


def _faults_of_policy(page: Element) -> Iterator[str]:
    for element in page:
        if element.tag == "style" or "style" in element.attributes:
            yield f"<{element.tag}> has a style of its own: put it into a stylesheet"
        is_data = element.get("type") == "application/ld+json"  # nothing that runs
        if element.tag == "script" and not element.get("src") and not is_data:
            yield "a script stands in the page: put it into a file"
        for name, value in element.attributes.items():
            if name.startswith("on") or value.lstrip().lower().startswith("javascript:"):
                yield f'<{element.tag} {name}="{value}">: put it into a script file'


def _faults_of_form(form: Element, page: Element) -> Iterator[str]:
    name = f"the form {form.get('action')!r}"
    method = (form.get("method") or "").lower()
    if form.get("action") is None:
        yield f"{name} has no action"
    if method not in ("get", "post"):
        yield f"{name} has no method"
    tokens = [field for field in form.all("input", name="csrf_token") if field.get("value")]
    if method == "post" and len(tokens) != 1:
        yield f"{name} carries {len(tokens)} csrf_token, not one"
    if method == "get" and tokens:
        yield f"{name} would show its csrf_token in the address"
    sending = form.all("button") + form.all("input", type="submit")
    sending += page.all("button", form=form.get("id")) if form.get("id") else []
    if not any(button.get("type", "submit") == "submit" for button in sending):
        yield f"{name} has no button"
