"""Texts with places to fill: ``{clinic}``, and ``{days|# day|# days}`` for what is counted. No Django here.

Nothing but these places is read: a text is never a program.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from mesoclinic.core.findings import Finding, block

_PLACE = re.compile(r"\{([^{}]*)\}")

#: Before the forms of a plural, and between them; in a form it stands for the number.
_PARTS, _NUMBER = "|", "#"


@dataclass(frozen=True, slots=True)
class Expected:
    """What a text may name, what it has to name, and which of them count something."""

    known: Collection[str]
    required: Collection[str] = ()
    counted: Collection[str] = ()
    #: So many forms a plural has in the language of the text.
    plural_forms: int = 2


def check_placeholders(text: str, expected: Expected, *, where: str, language: str) -> list[Finding]:
    """Why this text is not kept: an unknown place, one that is missing, a wrong plural, a brace left over."""
    found, named = [], set()
    for inside in _PLACE.findall(text):
        name, *forms = inside.split(_PARTS)
        if name not in expected.known:
            may = ", ".join(f"{{{each}}}" for each in expected.known)
            message = f"{{{name}}} is not known here. It may say {may}."
            found.append(block(f"text:unknown:{name}", message, fixed=True, where=where))
            continue
        named.add(name)
        if forms and name not in expected.counted:
            message = f"{{{name}}} counts nothing: write it without {_PARTS}."
            found.append(block(f"text:not-counted:{name}", message, fixed=True, where=where))
        elif forms and len(forms) != expected.plural_forms:
            message = (
                f"A plural in {language} has {expected.plural_forms} forms, and {{{name}}} has {len(forms)}. "
                f"Write {_example(name, expected.plural_forms)}; {_NUMBER} is the number."
            )
            found.append(block(f"text:plural:{name}", message, fixed=True, where=where))
        elif forms and not all(form.strip() for form in forms):
            message = f"A form of {{{name}}} is empty. Write all {expected.plural_forms}."
            found.append(block(f"text:plural:{name}", message, fixed=True, where=where))
    for name in expected.required:
        if name not in named:
            message = f"{{{name}}} is missing. Put it where it belongs."
            found.append(block(f"text:missing:{name}", message, fixed=True, where=where))
    if set("{}") & set(_PLACE.sub("", text)):
        message = "A brace stands alone. A place is written with both: {clinic}."
        found.append(block("text:brace", message, fixed=True, where=where))
    return list({finding.code: finding for finding in found}.values())


def _example(name: str, forms: int) -> str:
    return "{" + _PARTS.join([name, *(f"{_NUMBER} …" for _ in range(forms))]) + "}"


def fill_placeholders(text: str, values: Mapping[str, str | int], plural_form: Callable[[int], int]) -> str:
    """The text with its places filled. A paragraph whose place has nothing to say is left out.

    ``plural_form`` says which form of its language a number takes.
    """
    paragraphs = []
    for paragraph in text.split("\n\n"):
        names = [inside.split(_PARTS)[0] for inside in _PLACE.findall(paragraph)]
        if all(values.get(name, "") != "" for name in names):
            paragraphs.append(_PLACE.sub(lambda place: _filled(place[1], values, plural_form), paragraph))
    return "\n\n".join(paragraphs)


def _filled(inside: str, values: Mapping[str, str | int], plural_form: Callable[[int], int]) -> str:
    name, *forms = inside.split(_PARTS)
    value = values[name]
    if forms and isinstance(value, int):
        # Of a text kept before its language had so many forms, the last.
        return forms[min(plural_form(value), len(forms) - 1)].replace(_NUMBER, str(value))
    return str(value)


#: Letters that a text message writes in 7 bits each; one of any other makes the whole of it take 16.
_SEVEN_BITS = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_ESCAPED = frozenset("^{}\\[~]|€")


def sms_parts(text: str) -> int:
    """How many text messages a text takes: each is paid for."""
    letters = set(text)
    if letters <= _SEVEN_BITS | _ESCAPED:
        length, one, each = len(text) + sum(text.count(sign) for sign in _ESCAPED), 160, 153
    else:
        length, one, each = len(text.encode("utf-16-le")) // 2, 70, 67
    return 1 if length <= one else -(-length // each)
