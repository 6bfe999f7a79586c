"""What may be typed into a session. Shape only: the rules say whether it makes sense.

A session is typed on one page, a :class:`Paper`: the main form, a form for each zone, for each line of the
syringe and for each reaction. It reads a POST, an unsent draft, or a stored session turned into fields.
"""

from dataclasses import dataclass
from decimal import Decimal

from django import forms
from django.http import QueryDict

from mesoclinic.core.quantities import ZERO, plain, round_ml
from treatments.conditions.forms import Number
from treatments.sessions import rules
from treatments.sessions.forms.safety import SafetyForm, put_safety
from treatments.sessions.forms.zones import DrawnZoneForm, ZoneForm, drawn_lines, put_zones
from treatments.sessions.models import Pain, Reaction
from treatments.sessions.queries import (
    DENSITY,
    PULL_TEST,
    Chart,
    DoseEntry,
    MeasurementEntry,
    ReactionEntry,
    ReliefEntry,
    chart_of,
)

__all__ = [
    "GPA7",
    "LATER_MOMENTS",
    "MEASURES",
    "MainForm",
    "Paper",
    "fields_of",
    "ml_text",
    "put_doses",
    "put_zones",
]

#: Pain that may be asked while the patient is here, beside the worst.
LATER_MOMENTS = (Pain.Moment.END, Pain.Moment.AFTER_1H)

GPA7 = [
    ("", "Choose…"),
    ("3", "+3 greatly increased"),
    ("2", "+2 moderately increased"),
    ("1", "+1 slightly increased"),
    ("0", "0 no change"),
    ("-1", "−1 slightly decreased"),
    ("-2", "−2 moderately decreased"),
    ("-3", "−3 greatly decreased"),
]
DECISIONS = [("continue", "Continue"), ("change", "Change the cocktail"), ("stop", "Stop")]
_SCORES = [("", "not asked"), *((str(n), str(n)) for n in range(11))]

#: “All of these were done” of what is done during the session and after it.
LATER = "later"


def is_before(item):
    """Whether an item is asked before the first injection: its phase says so, or the short list."""
    return item.short or item.phase == "before"


def in_whole(item, wholes):
    """Whether “all of these were done” ticks it: of a phase, or of all that comes later."""
    if item.by_software:
        return False
    if is_before(item):
        return "before" in wholes
    return item.phase in wholes or LATER in wholes


#: The fields that wait for the signature: a measurement cannot be changed once it is written.
MEASURES = {"density": DENSITY, "pull_test": PULL_TEST}

#: A lot that ends within these days is said in colour.
SOON_DAYS = 30


def _short(max_length, **more):
    return forms.CharField(required=False, max_length=max_length, **more)


def _day_field(label):
    return forms.DateField(
        label=label,
        required=False,
        widget=forms.DateInput(
            attrs={"type": "date", "class": "form-control form-control-sm"}, format="%Y-%m-%d"
        ),
    )


def _text(label, rows):
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, required=False, max_length=5000, widget=widget)


class MainForm(forms.Form):
    revision = forms.IntegerField(widget=forms.HiddenInput)
    check = forms.TypedMultipleChoiceField(label="Checklist", required=False, coerce=int)
    check_all = forms.MultipleChoiceField(label="All of these", required=False)
    safety_none = forms.BooleanField(label="Asked: nothing has changed", required=False)
    accept_all = forms.BooleanField(label="Accept all proposed lots", required=False)
    pain_during = forms.TypedChoiceField(
        label="Pain during treatment",
        required=False,
        coerce=int,
        empty_value=None,
        choices=_SCORES,
        error_messages={"invalid_choice": "Pain is a number from 0 to 10. Choose one."},
    )
    pain_end = forms.TypedChoiceField(
        label="Pain at the end", required=False, coerce=int, empty_value=None, choices=_SCORES
    )
    pain_1h = forms.TypedChoiceField(
        label="Pain 1 hour after", required=False, coerce=int, empty_value=None, choices=_SCORES
    )
    performed_by = forms.TypedChoiceField(label="Injected by", required=False, coerce=int, empty_value=None)
    relief = forms.MultipleChoiceField(
        label="Relief",
        required=False,
        choices=[(r.value, r.value.replace("_", " ").capitalize()) for r in rules.Relief],
    )
    relief_mg_cream = Number(
        label="Lidocaine in the cream", required=False, min_value=0, max_value=2000, decimal_places=1
    )
    relief_mg_nerve_block = Number(
        label="Lidocaine in the nerve block", required=False, min_value=0, max_value=2000, decimal_places=1
    )
    no_reactions = forms.BooleanField(label="No reactions", required=False)
    since_last = _text("What the patient reports", 2)
    note = _text("Note", 3)
    technique = _short(200, label="Technique")
    needle = _short(60, label="Needle")
    next_on = forms.DateField(
        label="Next session on",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    density = Number(label="Density", required=False, min_value=0, max_value=500, decimal_places=1)
    pull_test = Number(label="Hair pull", required=False, min_value=0, max_value=60, decimal_places=0)
    review_change = forms.TypedChoiceField(
        label="Change against the start (GPA7)", required=False, coerce=int, empty_value=None, choices=GPA7
    )
    review_decision = forms.ChoiceField(
        label="Decision", required=False, choices=DECISIONS, widget=forms.RadioSelect
    )
    review_note = _text("Why", 2)

    def __init__(self, *args, ref, on, **kwargs):
        """``on`` is the day of the session."""
        super().__init__(*args, **kwargs)
        self.ref, self.on = ref, on
        self.fields["check"].choices = [(str(i.id), i.label) for i in ref.items]
        self.fields["performed_by"].choices = [
            ("", "Whoever charts it"),
            *((str(p.id), p.name) for p in ref.performers),
        ]
        phases = dict.fromkeys(item.phase for item in ref.items)
        self.fields["check_all"].choices = [(p, p) for p in (*phases, LATER)]
        self.fields["next_on"].widget.attrs["data-not-before"] = on.isoformat()
        for field in self.fields.values():
            is_list = isinstance(field.widget, forms.Select)
            field.widget.attrs.update(
                {"class": "form-select" if is_list else "form-control", "autocomplete": "off"}
            )

    def clean_next_on(self):
        day = self.cleaned_data["next_on"]
        if day is not None and day <= self.on:
            raise forms.ValidationError(
                "The next session is after this one. Choose a later day, or empty the field."
            )
        return day

    @property
    def relief_given(self):
        """The relief that is chosen; mg beside one that is not say nothing."""
        said = self.cleaned_data
        return tuple(ReliefEntry(method, said.get(f"relief_mg_{method}")) for method in said["relief"])

    @property
    def ticked(self):
        """Everything ticked: one by one, by the same tick, or all of a part of the list at once."""
        cleaned = self.cleaned_data
        whole = {item.id for item in self.ref.items if in_whole(item, cleaned.get("check_all", []))}
        return self.ref.ticked_with({*cleaned.get("check", []), *whole})


class DoseForm(forms.Form):
    """One line of the syringe: so many ml from a lot. A product takes several lines where it needs two lots."""

    ml = Number(label="ml given", required=False, max_digits=6, decimal_places=2)
    lot = forms.TypedChoiceField(label="Lot", required=False, coerce=int, empty_value=None)
    read = forms.BooleanField(label="Lot read", required=False)

    #: ml of the product in the last session, as text; empty where there was none.
    was = ""

    def __init__(self, *args, component, number, lots, kept, on, **kwargs):
        """``kept`` are ids of stored lots that may not be offered any more, but are still in the session."""
        self.component, self.number, self.on = component, number, on
        self.lots = {str(lot.pk): lot for lot in lots}
        prefix = f"dose-{component['product']}-{number}"
        super().__init__(*args, prefix=prefix, **kwargs)
        self.fields["lot"].choices = [
            ("", "Choose a lot"),
            *((pk, pk) for pk in self.lots),
            *((str(pk), str(pk)) for pk in kept if str(pk) not in self.lots),
        ]

    def clean(self):
        cleaned = super().clean()
        ml, name = cleaned.get("ml"), self.component["name"]
        if ml is not None and ml < 0:
            self.add_error("ml", f"{name}: 0 ml or more.")
        elif ml and "lot" not in self.errors and not cleaned.get("lot"):
            self.add_error("lot", f"{name}: choose the lot it came from.")
        return cleaned

    @property
    def is_first(self):
        return self.number == 0

    @property
    def chosen(self):
        """The lot that is chosen, if it may be used."""
        return self.lots.get(str(self["lot"].value() or ""))

    @property
    def gone(self):
        """Whether a lot is chosen that is not offered any more."""
        return bool(self["lot"].value()) and self.chosen is None

    @property
    def instead(self):
        """The lot to look at next where the one chosen may not be used. Never chosen for anybody: what was drawn up is known to who drew it."""
        return next(iter(self.lots.values()), None) if self.gone else None

    @property
    def was_read(self):
        """Whether the lot on the line was read; what stood there before says nothing of another."""
        return bool(self["read"].value()) and not self.gone

    @property
    def options(self):
        return [
            {
                "lot": lot,
                "selected": lot is self.chosen,
                "days": (lot.expires_on - self.on).days,
                "soon": (lot.expires_on - self.on).days <= SOON_DAYS,
            }
            for lot in self.lots.values()
        ]

    @property
    def expiry(self):
        return next((option for option in self.options if option["selected"]), None)


#: What a reaction is taken for until somebody says otherwise.
_USUAL_GRADE = {"alert": "moderate", "emergency": "severe"}


class ReactionForm(forms.Form):
    """One reaction. It counts where its chip is ticked."""

    seen = forms.BooleanField(required=False)
    grade = forms.ChoiceField(label="Grade", required=False, choices=Reaction.Grade.choices)
    response = _short(200, label="What was done")
    zone = forms.TypedChoiceField(label="Where", required=False, coerce=int, empty_value=None)
    began_on = _day_field("Began on")
    ended_on = _day_field("Over on")

    def __init__(self, *args, effect, zones=(), **kwargs):
        self.effect = effect
        super().__init__(*args, prefix=f"reaction-{effect.id}", **kwargs)
        self.fields["zone"].choices = [("", "Where?"), *((str(zone.id), zone.name) for zone in zones)]

    def clean(self):
        cleaned = super().clean()
        if not cleaned.get("seen"):
            self._errors.clear()  # what stands beside a chip that is not ticked says nothing
        return cleaned

    @property
    def has_more(self):
        """Whether where or when is filled in already."""
        return any(self[name].value() for name in ("zone", "began_on", "ended_on"))

    @property
    def given_grade(self):
        usual = _USUAL_GRADE.get(self.effect.level, Reaction.Grade.MILD.value)
        return self["grade"].value() or usual

    @property
    def entry(self):
        said = self.cleaned_data
        if not said.get("seen"):
            return None
        return ReactionEntry(
            self.effect.id,
            self.given_grade,
            said.get("response", ""),
            said.get("zone"),
            said.get("began_on"),
            said.get("ended_on"),
        )


@dataclass
class Paper:
    """Everything typed about a session."""

    sheet: object
    main: MainForm
    zones: list[ZoneForm]
    drawn: list[DrawnZoneForm]
    safety: list[SafetyForm]
    doses: list[DoseForm]
    reactions: list[ReactionForm]

    @classmethod
    def posted(cls, data, sheet, ref, lots):
        return cls._made(sheet, ref, lots, lambda form, **more: form(data, **more), data)

    @classmethod
    def as_typed(cls, data, sheet, ref, lots):
        """As it was left, not judged yet."""

        def unjudged(form_class, **more):
            bound = form_class(data, **more)
            typed = {name: bound[name].data for name in bound.fields}
            return form_class(initial=typed, **more)

        return cls._made(sheet, ref, lots, unjudged, data)

    @classmethod
    def _made(cls, sheet, ref, lots, make, data):
        areas = {row["zone"]: Decimal(str(row["area"])) for row in sheet.sheet_areas}
        stored = {}
        for row in sheet.sheet_doses:
            stored.setdefault(row["product"], []).append(row["lot"])
        doses = [
            make(
                DoseForm,
                component=component,
                number=number,
                lots=lots.get(component["product"], []),
                kept=stored.get(component["product"], []),
                on=sheet.performed_on,
            )
            for component in sheet.sheet_components
            for number in range(_lines(component["product"], data))
        ]
        last = sheet.sheet_last or {"zones": (), "doses": ()}
        was = {row["zone"]: row for row in last["zones"] if row["zone"]}
        was_drawn = [row for row in last["zones"] if not row["zone"]]
        by_name = {row["name"]: row for row in was_drawn}
        for dose in doses:
            if dose.is_first:
                dose.was = _ml_of(last["doses"], dose.component["product"])
        drawn = [make(DrawnZoneForm, number=number) for number in range(drawn_lines(data, was_drawn))]
        for form in drawn:
            form.was = by_name.get(form.called)
        return cls(
            sheet=sheet,
            main=make(MainForm, ref=ref, on=sheet.performed_on),
            zones=[
                make(ZoneForm, zone=zone, area=areas.get(zone.id, zone.area_cm2), was=was.get(zone.id))
                for zone in ref.zones
            ],
            drawn=drawn,
            safety=[
                make(
                    SafetyForm,
                    topic=topic,
                    risks=[risk for risk in ref.risks if risk.kind == topic],
                    known=[row for row in sheet.sheet_factors if row["kind"] == topic],
                )
                for topic in rules.TOPICS
            ],
            doses=doses,
            reactions=[make(ReactionForm, effect=effect, zones=ref.zones) for effect in ref.effects],
        )

    @property
    def forms(self):
        return [self.main, *self.safety, *self.zones, *self.drawn, *self.doses, *self.reactions]

    @property
    def regions(self):
        """Zones of the map and drawn ones."""
        return [*self.zones, *self.drawn]

    def is_valid(self):
        wrong = [form for form in self.forms if not form.is_valid()]
        valid = not wrong
        if valid and self.main.cleaned_data["no_reactions"] and self._seen():
            self.main.add_error(
                "no_reactions", "A reaction is chosen and “No reactions” too. Keep one of them."
            )
            valid = False
        return valid

    def _seen(self):
        return [form.entry for form in self.reactions if form.entry]

    def chart(self):
        """What was typed, as it is stored; the paper is valid."""
        said = self.main.cleaned_data
        pain = {
            Pain.Moment.DURING.value: said["pain_during"],
            Pain.Moment.END.value: said["pain_end"],
            Pain.Moment.AFTER_1H.value: said["pain_1h"],
        }
        return Chart(
            ticked=self.main.ticked,
            doses=tuple(self._doses()),
            zones=tuple(form.entry for form in self.regions if form.entry),
            safety=self.said_of_safety(),
            pain={moment: score for moment, score in pain.items() if score is not None},
            reactions=tuple(self._seen()),
            relief=self.main.relief_given,
            performed_by_id=said["performed_by"],
            **{
                name: said[name]
                for name in (
                    "no_reactions",
                    "technique",
                    "needle",
                    "since_last",
                    "note",
                    "next_on",
                    "review_change",
                    "review_decision",
                    "review_note",
                )
            },
        )

    def said_of_safety(self):
        none_changed = self.main.cleaned_data["safety_none"]
        said = {f.topic: f.stored(none_changed=none_changed) for f in self.safety}
        return {topic: answer for topic, answer in said.items() if answer}

    def _doses(self):
        begun = set()
        accepted = self.main.cleaned_data["accept_all"]
        for form in self.doses:
            said = form.cleaned_data
            if not said.get("ml"):
                continue
            product = form.component["product"]
            planned = ZERO if product in begun else Decimal(form.component["ml"])
            begun.add(product)
            yield DoseEntry(product, said["lot"], said["ml"], planned, said["read"] or accepted)

    def revision(self):
        return self.main.cleaned_data["revision"]

    def measurements(self, ref, zone_id):
        """The figures typed, for the signature."""
        said = self.main.cleaned_data
        return [
            MeasurementEntry(ref.scales[code].id, said[name], zone_id if code == DENSITY else None)
            for name, code in MEASURES.items()
            if said[name] is not None and code in ref.scales
        ]

    # What the page shows before anybody has judged it.

    @property
    def drawn_ml(self):
        return sum((_figure(form["ml"].value()) for form in self.doses), ZERO)

    @property
    def treated(self):
        """The zones that are chosen, as (form, points, ml per point, area in cm²)."""
        return [
            (
                form,
                int(_figure(form["points"].value())),
                _figure(form["ml"].value()),
                _figure(form["area"].value()),
            )
            for form in self.regions
            if form["on"].value()
        ]

    @property
    def delivered_ml(self):
        return rules.delivered_ml(
            [rules.ZoneFact(form.prefix, points, ml) for form, points, ml, _ in self.treated]
        )

    @property
    def waste_ml(self):
        return max(self.drawn_ml - self.delivered_ml, ZERO)

    @property
    def points(self):
        return sum(points for _, points, _, _ in self.treated)

    @property
    def area_cm2(self):
        return sum((area for *_, area in self.treated), ZERO)

    @property
    def given(self):
        """ml by product, as typed."""
        given = {}
        for form in self.doses:
            product = form.component["product"]
            given[product] = given.get(product, ZERO) + _figure(form["ml"].value())
        return given


def _ml_of(doses, product):
    """What was given of a product, as it stands in a field."""
    mls = [Decimal(row["ml"]) for row in doses if row["product"] == product]
    return ml_text(sum(mls, ZERO)) if mls else ""


def _lines(product_id, data):
    """One line more than has something on it, so that a second lot can be added without a script."""
    number = 0
    while data.get(f"dose-{product_id}-{number}-ml") or data.get(f"dose-{product_id}-{number}-lot"):
        number += 1
    return number + 1


def _figure(text):
    """What was typed as a number; nothing where it is none."""
    try:
        value = Decimal(str(text or 0).replace(",", "."))
    except ArithmeticError:
        return ZERO
    return value if value.is_finite() and 0 <= value < 100_000 else ZERO


# ── a stored session as fields ───────────────────────────────────────────────────────────────────


def fields_of(sheet):
    """The session as the page would post it."""
    chart = chart_of(sheet)
    fields = QueryDict(mutable=True)
    fields["revision"] = str(sheet.revision)
    fields.setlist("check", [str(item) for item in sorted(chart.ticked)])
    put_zones(fields, sheet.sheet_zones)
    put_doses(
        fields, [(row["product"], row["lot"], Decimal(row["ml"]), row["read"]) for row in sheet.sheet_doses]
    )
    put_safety(fields, chart.safety)
    for moment, score in chart.pain.items():
        fields[f"pain_{moment}"] = str(score)
    for entry in chart.reactions:
        prefix = f"reaction-{entry.effect_id}"
        fields[f"{prefix}-seen"] = "1"
        fields[f"{prefix}-grade"] = entry.grade
        fields[f"{prefix}-response"] = entry.note
        if entry.zone_id:
            fields[f"{prefix}-zone"] = str(entry.zone_id)
        for name in ("began_on", "ended_on"):
            if day := getattr(entry, name):
                fields[f"{prefix}-{name}"] = day.isoformat()
    fields.setlist("relief", [entry.method for entry in chart.relief])
    for given in chart.relief:
        if given.lidocaine_mg is not None:
            fields[f"relief_mg_{given.method}"] = plain(given.lidocaine_mg)
    if chart.performed_by_id:
        fields["performed_by"] = str(chart.performed_by_id)
    if chart.no_reactions:
        fields["no_reactions"] = "on"
    for name in ("technique", "needle", "since_last", "note", "review_decision", "review_note"):
        fields[name] = getattr(chart, name)
    if chart.next_on:
        fields["next_on"] = chart.next_on.isoformat()
    if chart.review_change is not None:
        fields["review_change"] = str(chart.review_change)
    return fields


def put_doses(fields, doses):
    """Write ``(product, lot, ml, lot read)`` into fields, in place of what is there."""
    _clear(fields, "dose-")
    number = {}
    for product, lot, ml, read in doses:
        n = number[product] = number.get(product, -1) + 1
        fields[f"dose-{product}-{n}-lot"] = str(lot)
        fields[f"dose-{product}-{n}-ml"] = ml_text(ml)
        if read:
            fields[f"dose-{product}-{n}-read"] = "on"


def ml_text(ml):
    """As it stands in a field: one decimal at least."""
    text = plain(round_ml(ml))
    return text if "." in text else f"{text}.0"


def _clear(fields, prefix):
    for name in [name for name in fields if name.startswith(prefix)]:
        del fields[name]
