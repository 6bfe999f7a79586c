"""Templates without their indentation: a third of a page's bytes is for whoever reads the template, and no browser shows it."""

import re

from django.template.base import Origin
from django.template.loaders import filesystem

#: What begins a line but the first, and lines with nothing in them.
_INDENTATION = re.compile(r"\n\s+")
#: A tag that has a line of its own: the line before it has ended, so that words stay apart.
_TAG_ALONE = re.compile(r"(?<=\n)(\{%(?:(?!%\})[^\n])*%\})\n")
#: In these each space is a part of what is said.
_SPACE_MATTERS = re.compile(r"<pre|\{% blocktrans(?:late)?\b(?![^%]*\btrimmed\b)")


def without_indentation(source: str) -> str:
    """The same page: between two words stays a space where one was."""
    if _SPACE_MATTERS.search(source):
        return source
    return _TAG_ALONE.sub(r"\1", _INDENTATION.sub("\n", source))


class Loader(filesystem.Loader):
    """Our own templates, those of pages as :func:`without_indentation` writes them."""

    def get_contents(self, origin: Origin) -> str:
        source = super().get_contents(origin)
        return without_indentation(source) if str(origin.template_name).endswith(".html") else source
