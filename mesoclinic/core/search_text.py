"""Text as it is searched: folded letters, split into words."""

import unicodedata

#: Letters that Unicode does not take apart into a letter and an accent.
_LETTERS = str.maketrans(
    {
        "ł": "l",
        "ø": "o",
        "ß": "ss",
        "ı": "i",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "ħ": "h",
        "ŧ": "t",
        "ŋ": "n",
        "ə": "a",
        # Apostrophes that Unicode counts as letters: ŉ Toit begins with one.
        "ʻ": "'",
        "ʼ": "'",
        "ʽ": "'",
        "ʹ": "'",
        "ʺ": "'",
        "ƕ": "hv",
        "ƣ": "oi",
        "ȸ": "db",
        "ȹ": "qp",
        "ɶ": "oe",
        "ʣ": "dz",
        "ʥ": "dz",
        "ʦ": "ts",
        "ʪ": "ls",
        "ʫ": "lz",
        "ỻ": "ll",
    }
)

#: Letters with a stroke, a hook or a curl, by the letter they are searched as: as the database's unaccent has them.
_CURLED = {
    "a": "ⱥ",
    "b": "ƀɓƃʙ",
    "c": "ƈȼɕ",
    "d": "ɖɗƌȡ",
    "e": "ɛɇ",
    "f": "ƒ",
    "g": "ɠǥɡɢʛ",
    "h": "ɦɧʜ",
    "i": "ɨɪ",
    "j": "ȷɉɟʝ",
    "k": "ƙ",
    "l": "ƚȴɫɬɭʟ",
    "m": "ɱ",
    "n": "ɲƞȵɳɴ",
    "p": "ƥ",
    "q": "ĸʠ",
    "r": "ʀɍɼɽɾ",
    "s": "ȿʂẜẝ",
    "t": "ƫƭʈȶⱦ",
    "u": "ʉ",
    "v": "ʋỽ",
    "y": "ƴɏʏỿ",
    "z": "ƶȥɀʐʑ",
}
_LETTERS |= {ord(letter): plain for plain, letters in _CURLED.items() for letter in letters}


def _lower_case_without_accents(text: str) -> str:
    """Lower case, without accents; still with its punctuation."""
    apart = unicodedata.normalize("NFKD", text).casefold()
    apart = unicodedata.normalize("NFKD", apart).translate(_LETTERS)
    bare = "".join(c for c in apart if not unicodedata.combining(c))
    return unicodedata.normalize("NFC", bare)


def search_words(text: str) -> list[str]:
    """The words of ``text``: lower case, accents off, split where no letter or digit is.

    >>> search_words("Núñez-Łęcki, Ayşıl")
    ['nunez', 'lecki', 'aysil']
    """
    # A vowel sign (Devanagari, Thai) is part of its word though it is no letter: categories M*.
    kept = (
        c if c.isalnum() or unicodedata.category(c).startswith("M") else " "
        for c in _lower_case_without_accents(text)
    )
    return "".join(kept).split()
