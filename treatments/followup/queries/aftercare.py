"""What the page of aftercare says: what to leave and for how long, what is expected, what is alarming, and what was given.

The sentences are those of checklist.csv (no washing, no sun, no sweating), adverse_effects.csv (expected, alerts) and the
leaflet of a cocktail. They go out in a language once somebody at the clinic has read and signed them.
"""

from django.utils import translation
from django.utils.translation import gettext_noop

from patients.rules.safety_texts import SafetyText
from treatments.cocktails.rules.education import Grounds, Licence

EMERGENCY = gettext_noop("Hard to breathe, swollen face or lips, fainting, sight changed?")
CALL_NOW = gettext_noop("Call %(emergency)s now. Do not wait.")

#: What to leave, and for how long.
LEAVE = (
    gettext_noop("Do not wash your hair for 24 hours."),
    gettext_noop("No sport, no sauna and nothing that makes you sweat for 24 hours."),
    gettext_noop("Keep the sun off your scalp for 48 hours."),
    gettext_noop("No other treatment of your hair or scalp for one week."),
)

#: What is expected and goes by itself.
EXPECTED = (
    gettext_noop(
        "Some swelling, redness, itching, small bruises or crusts are expected. They go within days."
    ),
)

#: What is not.
ALARMING = (
    gettext_noop("Pus or heat"),
    gettext_noop("Fever"),
    gettext_noop("Hives"),
    gettext_noop("A lump"),
    gettext_noop("Bald patch"),
)
CALL_CLINIC = gettext_noop("Any of these? Call the clinic today:")

GROUNDS = {
    Grounds.TRIALS: gettext_noop("Controlled trials tested it for hair loss."),
    Grounds.RELATED: gettext_noop("Trials of related cases support it."),
    Grounds.EXPERIENCE: gettext_noop("It is used from experience; no good trial has shown that it works."),
    Grounds.CONTESTED: gettext_noop("It is contested: sources found no benefit, or disagree."),
    Grounds.NOTHING: gettext_noop("No source on file says what it does for hair."),
    Grounds.DILUTES: gettext_noop("It thins the mixture to the right volume."),
    Grounds.NUMBS: gettext_noop("It numbs the skin while you are treated."),
    Grounds.EASES: gettext_noop("It makes the numbing medicine sting less."),
    Grounds.BESIDE: gettext_noop("It is added to make up the mixture."),
}

LICENCES = {
    Licence.OFF_LABEL: gettext_noop(
        "Off-label: it is not licensed for injection into the scalp. Your clinician chose it for you and has to tell you so."
    ),
    Licence.COSMETIC: gettext_noop(
        "Not licensed for injection: it is known as a cosmetic ingredient, made for the surface of the skin. "
        "Your clinician chose it for you and has to tell you so."
    ),
    Licence.NONE: gettext_noop(
        "Not licensed: no authority is known to have approved it for this. Your clinician chose it for you and has to tell you so."
    ),
    Licence.ASK: gettext_noop("Ask which licence this product has: for the scalp it may be off-label."),
}

#: Everything that the page says for a patient's safety: read and signed together.
AFTERCARE_SENTENCES = (
    EMERGENCY,
    CALL_NOW,
    *LEAVE,
    *EXPECTED,
    CALL_CLINIC,
    *ALARMING,
    *GROUNDS.values(),
    *LICENCES.values(),
)


def aftercare_safety_texts(language: str) -> list[SafetyText]:
    """As they stand in the catalogue of this language now."""
    with translation.override(language):
        return [SafetyText(each, translation.gettext(each)) for each in AFTERCARE_SENTENCES]
