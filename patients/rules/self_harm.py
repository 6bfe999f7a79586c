"""Whether a text speaks of thoughts of self-harm. No Django here."""

import re

#: Beginnings of the words, in the five languages of the catalogue; a native reader has yet to look at them.
_NAMES_IT = re.compile(
    r"suicid|suizid|selbstmord|intihar|self[ -]?harm|harm(?:ing)? (?:my|her|him)self|kill (?:my|her|him)self|"
    r"end(?:ing)? (?:my|her|his) life|automutil|autoles|selbstverletz|kendine zarar",
    re.IGNORECASE,
)

#: What is said not to be so: “no suicidal thoughts”, “denies self-harm”.
_DENIED = re.compile(
    r"\b(no|not|none|never|without|denies|denied|kein|keine|pas|aucune?|sin)\b[\w ,]{0,24}$", re.IGNORECASE
)


def names_self_harm(text: str) -> bool:
    """Whether the text says so anywhere where it does not deny it just before."""
    return any(not _DENIED.search(text[: found.start()]) for found in _NAMES_IT.finditer(text))
