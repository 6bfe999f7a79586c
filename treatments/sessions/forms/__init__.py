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
from treatments.sessions.models import Pain, Reaction
from treatments.sessions.queries import (
    DENSITY,
    PULL_TEST,
    Chart,
    DoseEntry,
    MeasurementEntry,
    ReactionEntry,
    ReliefEntry,
    ZoneEntry,
    chart_of,
)

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
DECISIONS = [
    ("continue", "Continue"),
    ("change", "Change the cocktail"),
    ("stop", "Stop"),
]
_SCORES = [("", "not asked"), *((str(n), str(n)) for n in range(11))]

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
            attrs={"type": "date", "class": "form-control form-control-sm"},
            format="%Y-%m-%d",
        ),
    )


def _text(label, rows):
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, required=False, max_length=5000, widget=widget)


class MainForm(forms.Form):
    revision = forms.IntegerField(widget=forms.HiddenInput)
    check = forms.TypedMultipleChoiceField(
        label="Checklist", required=False, coerce=int
    )
    check_all = forms.MultipleChoiceField(label="All of these", required=False)
    pain_during = forms.TypedChoiceField(
        label="Pain during treatment",
        required=False,
        coerce=int,
        empty_value=None,
        choices=_SCORES,
        error_messages={"invalid_choice": "Pain is a number from 0 to 10. Choose one."},
    )
    pain_end = forms.TypedChoiceField(
        label="Pain at the end",
        required=False,
        coerce=int,
        empty_value=None,
        choices=_SCORES,
    )
    pain_1h = forms.TypedChoiceField(
        label="Pain 1 hour after",
        required=False,
        coerce=int,
        empty_value=None,
        choices=_SCORES,
    )
    performed_by = forms.TypedChoiceField(
        label="Injected by", required=False, coerce=int, empty_value=None
    )
    relief = forms.MultipleChoiceField(
        label="Relief",
        required=False,
        choices=[
            (r.value, r.value.replace("_", " ").capitalize()) for r in rules.Relief
        ],
    )
    relief_mg_cream = Number(
        label="Lidocaine in the cream", required=False, min_value=0, max_value=2000, decimal_places=1
    )  # fmt: skip
    relief_mg_nerve_block = Number(
        label="Lidocaine in the nerve block", required=False, min_value=0, max_value=2000, decimal_places=1
    )  # fmt: skip
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
    density = Number(
        label="Density", required=False, min_value=0, max_value=500, decimal_places=1
    )
    pull_test = Number(
        label="Hair pull", required=False, min_value=0, max_value=60, decimal_places=0
    )
    review_change = forms.TypedChoiceField(
        label="Change against the start (GPA7)",
        required=False,
        coerce=int,
        empty_value=None,
        choices=GPA7,
    )
    review_decision = forms.ChoiceField(
        label="Decision",
        required=False,
        choices=DECISIONS,
        widget=forms.RadioSelect,
    )
    review_note = _text("Why", 2)

    def __init__(self, *args, ref, **kwargs):
        super().__init__(*args, **kwargs)
        self.ref = ref
        self.fields["check"].choices = [(str(i.id), i.label) for i in ref.items]
        self.fields["performed_by"].choices = [
            ("", "Whoever charts it"),
            *((str(p.id), p.name) for p in ref.performers),
        ]
        phases = dict.fromkeys(item.phase for item in ref.items)
        self.fields["check_all"].choices = [(phase, phase) for phase in phases]
        for field in self.fields.values():
            is_list = isinstance(field.widget, forms.Select)
            field.widget.attrs.update({
                "class": "form-select" if is_list else "form-control",
                "autocomplete": "off",
            })  # fmt: skip

    @property
    def relief_given(self):
        """The relief that is chosen; mg beside one that is not say nothing."""
        said = self.cleaned_data
        return tuple(
            ReliefEntry(method, said.get(f"relief_mg_{method}")) for method in said["relief"]
        )  # fmt: skip

    @property
    def ticked(self):
        """Everything ticked: one by one, by the same tick, or all of a phase at once."""
        cleaned = self.cleaned_data
        phases = cleaned.get("check_all", [])
        whole = {
            item.id
            for item in self.ref.items
            if item.phase in phases and not item.short and not item.by_software
        }
        return self.ref.ticked_with({*cleaned.get("check", []), *whole})


class ZoneForm(forms.Form):
    """One row of parts/_zone_table.html."""

    on = forms.BooleanField(required=False)
    area = Number(label="cm²", required=False, max_digits=6, decimal_places=1)
    points = forms.IntegerField(label="points", required=False)
    ml = Number(label="ml/point", required=False, max_digits=5, decimal_places=3)
    depth = Number(label="mm deep", required=False, max_digits=4, decimal_places=1)

    def __init__(self, *args, zone, area, **kwargs):
        self.zone, self.area = zone, area
        super().__init__(*args, prefix=f"zone-{zone.code}", **kwargs)

    def clean(self):
        cleaned = super().clean()
        if not cleaned.get("on"):
            self._errors.clear()  # figures beside a zone that is not chosen say nothing
            return cleaned
        for name in ("area", "points", "ml", "depth"):
            value = cleaned.get(name)
            if name not in self.errors and (value is None or value <= 0):
                what = self.fields[name].label
                self.add_error(name, f"{self.zone.name}: type {what}, above 0.")
        if (cleaned.get("depth") or 0) > 13:
            self.add_error("depth", f"{self.zone.name}: at most 13 mm deep.")
        return cleaned

    @property
    def entry(self):
        said = self.cleaned_data
        if not said.get("on"):
            return None
        return ZoneEntry(
            self.zone.id, said["points"], said["ml"], said["depth"], said["area"]
        )

    @property
    def row(self):
        """As the template's parts take it."""
        area = self["area"].value()
        if area in (None, "") and not self["on"].value():
            area = "" if self.area is None else plain(self.area)
        return {
            "code": self.zone.code,
            "name": self.zone.name,
            "prefix": self.prefix,
            "on": bool(self["on"].value()),
            "state": "done" if self["on"].value() else "",
            "label": _map_label(self),
            "area_cm2": area,
            "points": self["points"].value(),
            "ml_per_point": self["ml"].value(),
            "depth_mm": self["depth"].value(),
            "errors": {name: list(e)[0] for name, e in self.errors.items()},
        }


def _map_label(form):
    word = form.zone.code.partition("_")[0].capitalize()
    points = form["points"].value()
    return f"{word} {points}" if form["on"].value() and points else word


class DoseForm(forms.Form):
    """One line of the syringe: so many ml from a lot. A product takes several lines where it needs two lots."""

    ml = Number(label="ml given", required=False, max_digits=6, decimal_places=2)
    lot = forms.TypedChoiceField(
        label="Lot", required=False, coerce=int, empty_value=None
    )

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
    def proposed(self):
        """What the list stands on: the lot chosen, or the first to expire where it may not be used."""
        if self.gone:
            return next(iter(self.lots.values()), None)
        return self.chosen

    @property
    def options(self):
        return [
            {
                "lot": lot,
                "selected": lot is self.proposed,
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
    grade = forms.ChoiceField(
        label="Grade", required=False, choices=Reaction.Grade.choices
    )
    response = _short(200, label="What was done")
    zone = forms.TypedChoiceField(
        label="Where", required=False, coerce=int, empty_value=None
    )
    began_on = _day_field("Began on")
    ended_on = _day_field("Over on")

    def __init__(self, *args, effect, zones=(), **kwargs):
        self.effect = effect
        super().__init__(*args, prefix=f"reaction-{effect.id}", **kwargs)
        self.fields["zone"].choices = [
            ("", "Where?"),
            *((str(zone.id), zone.name) for zone in zones),
        ]

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
    doses: list[DoseForm]
    reactions: list[ReactionForm]

    @classmethod
    def posted(cls, data, sheet, ref, lots):
        return cls._made(
            sheet, ref, lots, lambda form, **more: form(data, **more), data
        )

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
        return cls(
            sheet=sheet,
            main=make(MainForm, ref=ref),
            zones=[
                make(ZoneForm, zone=zone, area=areas.get(zone.id, zone.area_cm2))
                for zone in ref.zones
            ],
            doses=doses,
            reactions=[
                make(ReactionForm, effect=effect, zones=ref.zones)
                for effect in ref.effects
            ],
        )

    @property
    def forms(self):
        return [self.main, *self.zones, *self.doses, *self.reactions]

    def is_valid(self):
        wrong = [form for form in self.forms if not form.is_valid()]
        valid = not wrong
        if valid and self.main.cleaned_data["no_reactions"] and self._seen():
            self.main.add_error(
                "no_reactions",
                "A reaction is chosen and “No reactions” too. Keep one of them.",
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
            zones=tuple(form.entry for form in self.zones if form.entry),
            pain={moment: score for moment, score in pain.items() if score is not None},
            reactions=tuple(self._seen()),
            relief=self.main.relief_given,
            performed_by_id=said["performed_by"],
            **{
                name: said[name]
                for name in (
                    "no_reactions", "technique", "needle", "since_last", "note", "next_on",
                    "review_change", "review_decision", "review_note",
                )
            },
        )  # fmt: skip

    def _doses(self):
        begun = set()
        for form in self.doses:
            said = form.cleaned_data
            if not said.get("ml"):
                continue
            product = form.component["product"]
            planned = ZERO if product in begun else Decimal(form.component["ml"])
            begun.add(product)
            yield DoseEntry(product, said["lot"], said["ml"], planned)

    def revision(self):
        return self.main.cleaned_data["revision"]

    def measurements(self, ref, zone_id):
        """The figures typed, for the signature."""
        said = self.main.cleaned_data
        return [
            MeasurementEntry(
                ref.scales[code].id, said[name], zone_id if code == DENSITY else None
            )
            for name, code in MEASURES.items()
            if said[name] is not None and code in ref.scales
        ]

    # What the page shows before anybody has judged it.

    @property
    def drawn_ml(self):
        return sum((_figure(form["ml"].value()) for form in self.doses), ZERO)

    @property
    def delivered_ml(self):
        return rules.delivered_ml([
            rules.ZoneFact(
                form.zone.code,
                int(_figure(form["points"].value())),
                _figure(form["ml"].value()),
            )
            for form in self.zones
            if form["on"].value()
        ])  # fmt: skip

    @property
    def points(self):
        return sum(
            int(_figure(form["points"].value()))
            for form in self.zones
            if form["on"].value()
        )

    @property
    def area_cm2(self):
        return sum(
            (
                _figure(form["area"].value())
                for form in self.zones
                if form["on"].value()
            ),
            ZERO,
        )


def _lines(product_id, data):
    """One line more than has something on it, so that a second lot can be added without a script."""
    number = 0
    while data.get(f"dose-{product_id}-{number}-ml") or data.get(
        f"dose-{product_id}-{number}-lot"
    ):
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
        fields,
        [(row["product"], row["lot"], Decimal(row["ml"])) for row in sheet.sheet_doses],
    )
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
    for name in ("technique", "needle", "since_last", "note", "review_decision", "review_note"):  # fmt: skip
        fields[name] = getattr(chart, name)
    if chart.next_on:
        fields["next_on"] = chart.next_on.isoformat()
    if chart.review_change is not None:
        fields["review_change"] = str(chart.review_change)
    return fields


def put_zones(fields, rows):
    """Write zones of a session (rows of queries.sheets) into fields, in place of what is there."""
    _clear(fields, "zone-")
    for row in rows:
        prefix = f"zone-{row['code']}"
        fields[f"{prefix}-on"] = "1"
        fields[f"{prefix}-points"] = str(row["points"])
        for name in ("ml", "depth", "area"):
            fields[f"{prefix}-{name}"] = plain(Decimal(str(row[name])))


def put_doses(fields, doses):
    """Write ``(product, lot, ml)`` into fields, in place of what is there."""
    _clear(fields, "dose-")
    number = {}
    for product, lot, ml in doses:
        n = number[product] = number.get(product, -1) + 1
        fields[f"dose-{product}-{n}-lot"] = str(lot)
        fields[f"dose-{product}-{n}-ml"] = ml_text(ml)


def ml_text(ml):
    """As it stands in a field: one decimal at least."""
    text = plain(round_ml(ml))
    return text if "." in text else f"{text}.0"


def _clear(fields, prefix):
    for name in [name for name in fields if name.startswith(prefix)]:
        del fields[name]
