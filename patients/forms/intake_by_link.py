"""The intake by link: what each part and thing to tick is called, and the form of one part."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_noop

from patients.rules.intake_by_link import (
    LONGEST_WORDS,
    NONE_AND_TICKED,
    NOTHING,
    Answered,
    Part,
    PartTold,
    QuestionTold,
    Ticked,
    check_part_is_answered,
)

PART_NAMES: Mapping[str, str] = {
    "hair": gettext_noop("Your hair"),
    "treatments": gettext_noop("Treatments you have had"),
    "medicines": gettext_noop("Your medicines"),
    "allergies": gettext_noop("Allergies"),
    "health": gettext_noop("Your health"),
    "skin": gettext_noop("Skin and infections"),
    "pregnancy": gettext_noop("Pregnancy"),
}

#: What each thing is called, and what stands under it.
ITEM_WORDS: Mapping[str, tuple[str, str]] = {
    "loss": (gettext_noop("I lose hair"), ""),
    "front": (gettext_noop("At the front"), ""),
    "temples": (gettext_noop("At the temples"), ""),
    "top": (gettext_noop("On top"), ""),
    "all-over": (gettext_noop("All over"), ""),
    "patches": (gettext_noop("In round patches"), ""),
    "family": (gettext_noop("Hair loss in my family"), gettext_noop("parents, grandparents, siblings")),
    "dry": (gettext_noop("Dry scalp or crusts"), ""),
    "brittle": (gettext_noop("Hair that breaks"), gettext_noop("bleach, straightening, heat")),
    "mesotherapy": (gettext_noop("Injections into the scalp (mesotherapy)"), ""),
    "prp": (gettext_noop("Injections of my own blood (PRP)"), ""),
    "transplant": (gettext_noop("Hair transplant"), ""),
    "filler": (gettext_noop("Fillers"), ""),
    "blood-thinners": (gettext_noop("Blood thinners"), gettext_noop("warfarin, apixaban, heparin")),
    "aspirin": (gettext_noop("Aspirin or clopidogrel"), ""),
    "painkillers": (gettext_noop("Painkillers"), gettext_noop("ibuprofen, naproxen, diclofenac")),
    "hair-tablets": (
        gettext_noop("Tablets for hair loss"),
        gettext_noop("finasteride, dutasteride, minoxidil"),
    ),
    "thyroid-tablets": (gettext_noop("Thyroid tablets"), ""),
    "immune-medicines": (gettext_noop("Steroids or immune medicines"), ""),
    "supplements": (gettext_noop("Vitamins, biotin, herbs"), gettext_noop("biotin changes some blood tests")),
    "other-medicines": (gettext_noop("Other medicines"), ""),
    "numbing": (
        gettext_noop("A bad reaction to a numbing injection"),
        gettext_noop("at the dentist, or fainting"),
    ),
    "allergy-aspirin": (gettext_noop("Allergy to aspirin"), ""),
    "allergy-antiseptic": (gettext_noop("Allergy to antiseptics"), ""),
    "allergy-latex": (gettext_noop("Allergy to latex"), ""),
    "allergy-nickel": (gettext_noop("Allergy to nickel"), ""),
    "allergy-fish": (gettext_noop("Allergy to fish"), ""),
    "allergy-egg": (gettext_noop("Allergy to egg"), ""),
    "allergy-soy": (gettext_noop("Allergy to soy"), ""),
    "allergy-vitamin-b": (gettext_noop("Allergy to vitamin B"), ""),
    "allergy-other": (gettext_noop("Another allergy"), gettext_noop("medicine, food, metal, cosmetics")),
    "heart": (gettext_noop("Heart disease"), ""),
    "pacemaker": (gettext_noop("Pacemaker"), ""),
    "arrhythmia": (gettext_noop("Irregular heartbeat"), ""),
    "low-pressure": (gettext_noop("Low blood pressure"), ""),
    "bleeding": (gettext_noop("I bleed or bruise easily"), ""),
    "epilepsy": (gettext_noop("Epilepsy"), gettext_noop("a single seizure too")),
    "diabetes": (gettext_noop("Diabetes"), ""),
    "kidney": (gettext_noop("Kidney disease"), ""),
    "stones": (gettext_noop("Kidney stones"), ""),
    "liver": (gettext_noop("Liver disease"), ""),
    "thyroid": (gettext_noop("Thyroid disease"), ""),
    "autoimmune": (gettext_noop("Autoimmune disease"), gettext_noop("lupus, rheumatism, Hashimoto")),
    "cancer-now": (gettext_noop("Cancer, now"), ""),
    "cancer-past": (gettext_noop("Cancer, in the past"), ""),
    "g6pd": (gettext_noop("G6PD deficiency (favism)"), ""),
    "leber": (gettext_noop("Leber disease of the eye"), gettext_noop("in me or my family")),
    "psoriasis": (gettext_noop("Psoriasis on the scalp"), ""),
    "eczema": (gettext_noop("Eczema on the scalp"), ""),
    "ringworm": (gettext_noop("Ringworm on the scalp"), ""),
    "sores": (gettext_noop("Sores on the scalp"), ""),
    "infection": (gettext_noop("Infection, fever or antibiotics"), gettext_noop("in the last two weeks")),
    "scars": (gettext_noop("Thick or raised scars"), ""),
    "pregnant": (gettext_noop("I am pregnant"), ""),
    "breastfeeding": (gettext_noop("I am breastfeeding"), ""),
    "trying": (gettext_noop("I may become pregnant soon"), ""),
    "partner": (gettext_noop("My partner is pregnant or may be soon"), ""),
}

#: What is asked beside a tick that wants words; of a part where nothing else stands.
ASKED_BESIDE: Mapping[str, str] = {
    "loss": gettext_noop("Since when? The month and year are enough."),
    "treatments": gettext_noop("When was the last, and how did it go?"),
    "medicines": gettext_noop("Which one, and how much?"),
    "allergies": gettext_noop("To what, and what happened?"),
    "diabetes": gettext_noop("How is it treated?"),
    "health": gettext_noop("Which, and how is it treated?"),
}


def part_name(part: Part) -> str:
    """In the language in force."""
    return gettext(PART_NAMES[part.code])


class PartForm(forms.Form):
    """One part: a tick for each thing, the words beside it, “none of these”, and “not sure”."""

    none = forms.BooleanField(required=False)
    unsure = forms.BooleanField(required=False)

    def __init__(self, *args: Any, part: Part, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.part = part
        for item in part.items:
            self.fields[f"said_{item.code}"] = forms.BooleanField(required=False)
            if item.asks_words:
                self.fields[f"words-{item.code}"] = forms.CharField(
                    required=False,
                    max_length=LONGEST_WORDS,
                    error_messages={"max_length": gettext("Write it shorter: 500 letters at most.")},
                )

    def fill_from_told(self, told: PartTold) -> None:
        """Show what the patient answered to this part before."""
        self.initial["none"] = told.answered == Answered.NONE
        self.initial["unsure"] = told.answered == Answered.UNSURE
        for one in told.ticked:
            self.initial.update({f"said_{one.code}": True, f"words-{one.code}": one.words})

    def clean(self) -> dict[str, Any]:
        """Adds an error where nothing is answered, or “none of these” stands beside a tick."""
        cleaned = super().clean() or self.cleaned_data
        found = check_part_is_answered(
            self.part,
            [item.code for item in self.part.items if cleaned.get(f"said_{item.code}")],
            is_none=bool(cleaned.get("none")),
            is_unsure=bool(cleaned.get("unsure")),
        )
        words = {
            NOTHING: gettext("Tick what is true of you, or “None of these”."),
            NONE_AND_TICKED: gettext("“None of these” cannot stand beside another answer: take one away."),
        }
        for finding in found:
            self.add_error(None, words[finding.code])
        return cleaned

    def as_told(self) -> PartTold:
        """What a valid form says."""
        said = self.cleaned_data
        if said["none"]:
            return PartTold(self.part.code, Answered.NONE)
        if said["unsure"]:
            return PartTold(self.part.code, Answered.UNSURE)
        ticked = tuple(
            Ticked(item.code, " ".join(str(said.get(f"words-{item.code}", "")).split()))
            for item in self.part.items
            if said[f"said_{item.code}"]
        )
        return PartTold(self.part.code, Answered.TICKED, ticked)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Each thing to tick as the page writes it."""
        found = []
        for item in self.part.items:
            name, hint = ITEM_WORDS[item.code]
            beside = ASKED_BESIDE.get(item.code) or ASKED_BESIDE.get(self.part.code, "")
            found.append(
                {
                    "code": item.code,
                    "name": gettext(name),
                    "hint": gettext(hint) if hint else "",
                    "is_on": bool(self[f"said_{item.code}"].value()),
                    "words": self[f"words-{item.code}"] if item.asks_words else None,
                    "asked": gettext(beside) if item.asks_words else "",
                }
            )
        return found


def told_text(told: QuestionTold) -> str:
    """What the patient said about one question, in English for the clinician; their own words as they wrote them."""
    if told.answered == Answered.NONE:
        return "None of these"
    if told.answered == Answered.UNSURE:
        return "Not sure: ask at the visit"
    said = [ITEM_WORDS[item.code][0] + (f": “{words}”" if words else "") for item, words in told.items]
    return " · ".join(said) or "Not ticked, which is no “no”: ask"
