"""How a finding is shown: in which group, with which sources, and with its source keys as links."""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from mesoclinic.core import shown_findings
from mesoclinic.core.citations import Citation, citations_in_text
from mesoclinic.core.findings import Finding
from mesoclinic.core.models import Basis

register = template.Library()

_KEYS = re.compile(r"\[([A-Z][A-Z0-9]+(?:; ?[A-Z][A-Z0-9]+)*)\]")
_BASIS = {value: str(label) for value, label in Basis.choices}


@register.filter("shown_findings")
def findings_grouped_by_level(found: Iterable[shown_findings.Kept] | None) -> shown_findings.ShownFindings:
    return shown_findings.numbered_findings_by_level(found or ())


@register.filter("shown_finding")
def single_finding_to_show(kept: shown_findings.Kept) -> shown_findings.Shown:
    """One finding that stands alone."""
    shown = shown_findings.numbered_findings_by_level([kept])
    return (shown.loud + shown.notes + shown.passed)[0]


@register.filter
def any_needs_password(found: Iterable[Finding] | None) -> bool:
    """Whether somebody who goes past these findings types their password again."""
    return any(finding.needs_password for finding in found or ())


@register.filter("citations")
def citations_of(source: object) -> list[Citation]:
    return citations_in_text(str(source or ""))


@register.filter
def basis_words(basis: object) -> str:
    """How surely a source says it: ``stated`` → “stated by the source”."""
    said = str(basis or "")
    return _BASIS.get(said, said.replace("_", " "))


@register.filter
def host(address: str) -> str:
    """The site a link leads to: “accessdata.fda.gov”."""
    return urlsplit(address).netloc.removeprefix("www.")


@register.simple_tag
def source_page_url_or_empty(key: str) -> str:
    """The page of a source in the reference; empty where the key is none."""
    try:
        return reverse("source", args=[key]) if key else ""
    except NoReverseMatch:
        return ""


@register.filter
def text_with_linked_keys(text: object) -> SafeString:
    """A text with each ``[KEY]`` in it as a link to its source."""
    parts, end = [], 0
    said = str(text or "")
    for found in _KEYS.finditer(said):
        links = [
            format_html('<a href="{}">{}</a>', source_page_url_or_empty(key.strip()), key.strip())
            for key in found[1].split(";")
        ]
        parts += [conditional_escape(said[end : found.start()]), "[", mark_safe("; ".join(links)), "]"]
        end = found.end()
    parts.append(conditional_escape(said[end:]))
    return mark_safe("".join(parts))  # each part is escaped above
