"""How people of a country write numbers and dates, and which of our languages they read. No Django here."""

from dataclasses import dataclass

#: Decimal comma, a point between thousands.
_COMMA = {
    "AD",
    "AR",
    "AT",
    "BE",
    "BR",
    "CL",
    "CO",
    "CY",
    "DE",
    "DK",
    "EC",
    "ES",
    "GR",
    "HR",
    "ID",
    "IT",
    "LI",
    "LU",
    "MZ",
    "NL",
    "PT",
    "PY",
    "RO",
    "RS",
    "SI",
    "TR",
    "UY",
    "VE",
    "VN",
    "AO",
}
#: Decimal comma, a space between thousands.
_SPACE = {
    "AL",
    "BG",
    "BY",
    "CZ",
    "DZ",
    "EE",
    "FI",
    "FR",
    "GE",
    "HU",
    "KZ",
    "LT",
    "LV",
    "MA",
    "MC",
    "MD",
    "NO",
    "PL",
    "RU",
    "SE",
    "SK",
    "SN",
    "TN",
    "UA",
    "CI",
    "CM",
    "MG",
}
#: The month comes first.
_MONTH_FIRST = {"US", "PH", "FM", "MH", "PW", "PR", "GU"}
#: The year comes first.
_YEAR_FIRST = {"CN", "HU", "JP", "KR", "KP", "LT", "MN", "SE", "TW", "ZA", "CA", "IR"}

_LANGUAGES = {
    "fr": {"FR", "MC", "SN", "CI", "CM", "MG", "LU", "BE"},
    "es": {
        "ES",
        "AR",
        "BO",
        "CL",
        "CO",
        "CR",
        "CU",
        "DO",
        "EC",
        "GT",
        "HN",
        "MX",
        "NI",
        "PA",
        "PE",
        "PY",
        "SV",
        "UY",
        "VE",
    },
    "tr": {"TR"},
    "de": {"DE", "AT", "LI", "CH"},
    "ar": {
        "AE",
        "BH",
        "DZ",
        "EG",
        "IQ",
        "JO",
        "KW",
        "LB",
        "LY",
        "MA",
        "OM",
        "QA",
        "SA",
        "SD",
        "SY",
        "TN",
        "YE",
    },
}


@dataclass(frozen=True, slots=True)
class CountryStyle:
    """``amounts`` and ``day_order`` as a clinic keeps them; ``language`` of its letters."""

    amounts: str
    day_order: str
    language: str


def style_of_country(country: str) -> CountryStyle:
    """By ISO 3166 code. Where nothing is known: 1,234.56, the day first, English."""
    code = country.upper()
    amounts = "comma" if code in _COMMA else "space" if code in _SPACE else "point"
    order = "mdy" if code in _MONTH_FIRST else "ymd" if code in _YEAR_FIRST else "dmy"
    language = next((name for name, codes in _LANGUAGES.items() if code in codes), "en")
    return CountryStyle(amounts, order, language)
