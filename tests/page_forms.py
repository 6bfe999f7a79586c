"""The forms of a page as a browser would send them, but for the key that a form carries: a NUL in every text, and in every
empty one a word of its own by which it is known again.
"""

import itertools
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from django.http import HttpResponseBase

#: What a hand types into; the rest is sent as the page says it.
_TEXTS = {"text", "search", "email", "tel", "url", "password", "hidden"}
#: What a word by which a text is known again begins with; nothing else does.
CANARY = "zqx"
_NUMBERS = itertools.count(1)


def canary() -> str:
    return f"{CANARY}\0{next(_NUMBERS)}"


@dataclass
class SentForm:
    address: str
    fields: dict[str, list[str] | str] = field(default_factory=dict)

    def add(self, name: str, value: str) -> None:
        values = self.fields.setdefault(name, [])
        assert isinstance(values, list)
        values.append(value)


class FormReader(HTMLParser):
    """Reads the forms of a page; ``text_to_send`` says what is typed into each text."""

    #: Carried by each form, and left out.
    left_out = frozenset({"once", "csrfmiddlewaretoken"})

    def __init__(self, at: str) -> None:
        super().__init__()
        self.at = at
        self.forms: list[SentForm] = []
        self._form: SentForm | None = None
        self._select = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        said = dict(attributes)
        name = said.get("name") or ""
        if tag == "form":
            is_post = (said.get("method") or "get").lower() == "post"
            self._form = SentForm(urlsplit(urljoin(self.at, said.get("action") or self.at)).path)
            if is_post:
                self.forms.append(self._form)
        elif self._form is None or "disabled" in said or name in self.left_out:
            return
        elif tag == "input" and name:
            self._add_input(name, said)
        elif tag == "select":
            self._select = name
        elif (
            tag == "option" and self._select and ("selected" in said or self._select not in self._form.fields)
        ):
            self._form.fields[self._select] = [said.get("value") or ""]
        elif tag == "textarea" and name:
            self.add_text(name, "textarea", "")

    def text_to_send(self, kind: str, value: str) -> str:
        return f"{value}\0" if value or kind == "hidden" else canary()

    def add_text(self, name: str, kind: str, value: str) -> None:
        assert self._form is not None
        self._form.add(name, self.text_to_send(kind, value))

    def _add_input(self, name: str, said: dict[str, str | None]) -> None:
        assert self._form is not None
        kind, value = said.get("type") or "text", said.get("value") or ""
        if kind in ("checkbox", "radio"):
            if "checked" in said:
                self._form.add(name, value or "on")
        elif kind in _TEXTS:
            self.add_text(name, kind, value)
        elif kind != "file":
            self._form.add(name, value)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""


def forms_of_page(page: HttpResponseBase, *, at: str) -> list[SentForm]:
    """The forms of this page that are posted; of what is no page none."""
    if not page.headers.get("Content-Type", "").startswith("text/html"):
        return []
    reader = FormReader(at)
    reader.feed(b"".join(page).decode())  # type: ignore[call-overload]
    return reader.forms
