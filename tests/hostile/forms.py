"""The forms of a page as a browser would send them, and what becomes of them in hands that mean harm."""

import copy
import random
import uuid
from dataclasses import dataclass, field

from django.http import HttpResponseBase

from tests.hostile import payloads
from tests.page_forms import FormReader, SentForm


@dataclass
class BrowserForm(SentForm):
    """A form as it stands on its page; ``texts`` are those of its fields that a hand types into."""

    texts: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    is_of_script: bool = False

    @property
    def key(self) -> tuple[str, frozenset[str], bool]:
        return self.address, frozenset([*self.fields, *self.files]), self.is_of_script


_PLAUSIBLE = {"email": "noor@example.org", "tel": "+41 44 668 18 00", "url": "https://example.org"}


class _AsItStands(FormReader):
    left_out = frozenset({"csrfmiddlewaretoken"})

    def __init__(self, at: str) -> None:
        super().__init__(at)
        self._of_script: list[str] = []

    def text_to_send(self, kind: str, value: str) -> str:
        return value or _PLAUSIBLE.get(kind, "Made up words")

    def add_text(self, name: str, kind: str, value: str) -> None:
        super().add_text(name, kind, value)
        assert isinstance(self._form, BrowserForm)
        if kind != "hidden":
            self._form.texts.append(name)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        before = len(self.forms)
        super().handle_starttag(tag, attributes)
        said = dict(attributes)
        if tag == "form" and self._form is not None:
            whole = BrowserForm(self._form.address)
            if len(self.forms) > before:
                self.forms[-1] = whole
            self._form = whole
        if self._form is not None:
            if address := said.get("hx-post"):
                self._of_script.append(address)
            if tag == "input" and said.get("type") == "file" and said.get("name"):
                assert isinstance(self._form, BrowserForm)
                self._form.files.append(said["name"] or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and isinstance(self._form, BrowserForm):
            whole = self._form
            self.forms += [
                BrowserForm(address, whole.fields, whole.texts, [], is_of_script=True)
                for address in dict.fromkeys(self._of_script)
            ]
            self._of_script = []
        super().handle_endtag(tag)


def browser_forms_of_page(page: HttpResponseBase, *, at: str) -> list[BrowserForm]:
    """Every form of this page that is posted, and what its script sends of it."""
    if not page.headers.get("Content-Type", "").startswith("text/html"):
        return []
    reader = _AsItStands(at)
    reader.feed(b"".join(page).decode())  # type: ignore[call-overload]
    return [form for form in reader.forms if isinstance(form, BrowserForm)]


#: Fields that no form has: what somebody adds who has read the models.
_ADDED = (
    "id", "pk", "clinic", "clinic_id", "patient", "patient_id", "status", "is_superuser", "is_active", "roles", "by", "by_id",
    "signed_at", "amount", "price", "total", "next", "form-TOTAL_FORMS", "acknowledged", "reason", "_method", "autosave_key",
)  # fmt: skip


@dataclass(frozen=True)
class Submission:
    fields: list[tuple[str, str]]
    files: list[tuple[str, str, bytes]]


def make_hostile(form: BrowserForm, rng: random.Random) -> Submission:
    """The form with harm in it: one field or several, left out, sent twice, added, or a file that lies."""
    fields: dict[str, list[str]] = {name: list(values) for name, values in copy.deepcopy(form.fields).items()}
    names = [name for name in fields if name != "once"]
    files = [(name, *payloads.hostile_file(rng)) for name in form.files if rng.random() < 0.8]
    how = rng.random()
    if names and how < 0.5:
        fields[rng.choice(names)] = [payloads.hostile_text(rng)]
    elif names and how < 0.72:
        for name in rng.sample(names, min(len(names), rng.randint(2, 5))):
            fields[name] = [payloads.hostile_text(rng)]
    elif form.texts and how < 0.86:
        for name in form.texts:
            fields[name] = [payloads.hostile_text(rng)]
    elif names and how < 0.91:
        fields.pop(rng.choice(names))
    elif names and how < 0.96:
        fields[rng.choice(names)] += [payloads.hostile_text(rng) for _ in range(rng.randint(1, 30))]
    else:
        for name in rng.sample(_ADDED, 4):
            fields[name] = [payloads.hostile_text(rng)]
    if "once" in fields and fields["once"]:
        key = rng.random()
        fields["once"] = (
            [str(uuid.UUID(int=rng.getrandbits(128), version=4))]
            if key < 0.85
            else [payloads.hostile_text(rng)]
            if key < 0.92
            else []
        )
    return Submission([(name, value) for name, values in fields.items() for value in values], files)


def with_scripts_in_every_text(form: BrowserForm, number: int) -> Submission:
    """The form with a text that would run in each of its texts; which one goes by the number."""
    scripts = payloads.SCRIPTS
    fields = [
        (name, scripts[(number + place) % len(scripts)] if name in form.texts else value)
        for place, (name, values) in enumerate(form.fields.items())
        for value in values
        if name != "once"
    ]
    return Submission(fields, [])
