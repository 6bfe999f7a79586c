"""Everything that is typed on the session page, as forms."""

from dataclasses import dataclass
from decimal import Decimal

from django import forms

from mesoclinic.core.form_fields import Number
from mesoclinic.core.quantities import ZERO
from patients.rules.scalp_look import SEEN, scalp_look_answer_parts
from treatments.sessions.forms.doses import DoseRows
from treatments.sessions.forms.fields import (
    LATER,
    VIAL_CHECK,
    is_ticked_by_all_done_box,
    ml_field_text,
    short_text_field,
    text_area_field,
    typed_number_or_none_if_blank,
    typed_number_or_zero,
)
from treatments.sessions.forms.reactions import ReactionForm
from treatments.sessions.forms.rows import Rows
from treatments.sessions.forms.safety_questions import SafetyForm
from treatments.sessions.forms.zones import DrawnZoneRows, ZoneForm
from treatments.sessions.models import Pain
from treatments.sessions.queries.sessions import SessionDetail
from treatments.sessions.rules import signing
from treatments.sessions.rules.charting import DoseEntry, MeasurementEntry, ReliefEntry, SessionChart
from treatments.sessions.rules.measurements import DENSITY, PATIENT_ITEMS, PULL_TEST
from treatments.sessions.rules.pain_relief import WITH_LIDOCAINE, CreamLabel, Relief, ReliefFact
from treatments.sessions.rules.safety_questions import TOPICS

_SCORES = [("", "not asked"), *((str(n), str(n)) for n in range(11))]

#: The fields that wait for the signature: a measurement cannot be changed once it is written.
MEASURES = {"density": DENSITY, "pull_test": PULL_TEST, **PATIENT_ITEMS}


def _patient_item_field(label):
    return forms.TypedChoiceField(
        label=label,
        required=False,
        coerce=Decimal,
        empty_value=None,
        choices=_SCORES,
        error_messages={"invalid_choice": "This is a number from 0 to 10. Choose one."},
    )


class MeasurementForm(forms.Form):
    """The measurements of a session and the patient's own items. They wait for the signature."""

    density = Number(label="Density", required=False, min_value=0, max_value=500, decimal_places=1)
    pull_test = Number(label="Hair pull", required=False, min_value=0, max_value=60, decimal_places=0)
    hair_today = forms.CharField(
        label="Hair today",
        required=False,
        max_length=120,
        widget=forms.TextInput(attrs={"placeholder": "washed 1 day before, dry"}),
    )
    told_shedding = _patient_item_field("Shedding")
    told_oil = _patient_item_field("Oil")
    told_flakes = _patient_item_field("Flakes")
    told_density = _patient_item_field("Density seen")
    told_smoothness = _patient_item_field("Smoothness")
    told_shine = _patient_item_field("Shine")
    told_confidence = _patient_item_field("Confidence")

    @property
    def measurement_entries(self):
        """What was measured. Nothing where a figure cannot be read."""
        if not self.is_valid():
            return []
        said = self.cleaned_data
        return [
            MeasurementEntry(
                code, said[name], preparation="" if name in PATIENT_ITEMS else said["hair_today"].strip()
            )
            for name, code in MEASURES.items()
            if said[name] is not None
        ]


class MainForm(MeasurementForm):
    """What stands once on the page."""

    revision = forms.IntegerField(widget=forms.HiddenInput)
    check = forms.TypedMultipleChoiceField(label="Checklist", required=False, coerce=int)
    look = forms.MultipleChoiceField(label="Seen at the scalp", required=False, choices=list(SEEN.items()))
    look_zones = forms.MultipleChoiceField(label="Where", required=False)
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
        choices=[(r.value, r.value.replace("_", " ").capitalize()) for r in Relief],
    )
    relief_label_cream = forms.ChoiceField(
        label="The label of the cream lists",
        required=False,
        choices=[
            ("", "not read"),
            (CreamLabel.LIDOCAINE_PRILOCAINE.value, "lidocaine and prilocaine"),
            (CreamLabel.OTHER.value, "another anaesthetic"),
        ],
    )
    relief_given = forms.MultipleChoiceField(
        label="Was given already", required=False, choices=[(r.value, r.value) for r in WITH_LIDOCAINE]
    )
    relief_mg_cream = Number(
        label="Lidocaine in the cream", required=False, min_value=0, max_value=2000, decimal_places=1
    )
    relief_mg_nerve_block = Number(
        label="Lidocaine in the nerve block", required=False, min_value=0, max_value=2000, decimal_places=1
    )
    no_reactions = forms.BooleanField(label="No reactions", required=False)
    since_last = text_area_field("What the patient reports", 2)
    note = text_area_field("Note", 3)
    technique = short_text_field(200, label="Technique")
    needle = short_text_field(60, label="Needle")
    next_on = forms.DateField(
        label="Next session on",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args, ref, on, performer=None, **kwargs):
        """``on`` is the day of the session. ``performer``: who stands in it, who may have left the clinic since."""
        super().__init__(*args, **kwargs)
        self.ref, self.on = ref, on
        self.fields["check"].choices = [(str(i.id), i.label) for i in ref.items]
        self.fields["look_zones"].choices = [(zone.code, zone.name) for zone in ref.zones]
        performers = {p.id: p.name for p in ref.performers}
        if performer is not None:
            performers.setdefault(performer.pk, performer.display_name)
        self.fields["performed_by"].choices = [
            ("", "Whoever charts it"),
            *((str(pk), name) for pk, name in performers.items()),
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
    def chosen_pain_relief(self):
        """The relief that is chosen; mg beside one that is not say nothing."""
        said = self.cleaned_data
        return tuple(
            ReliefEntry(
                method,
                said.get(f"relief_mg_{method}"),
                said.get(f"relief_label_{method}", ""),
                is_given=method in said["relief_given"],
            )
            for method in said["relief"]
        )

    @property
    def typed_pain_relief(self):
        """The relief as it is ticked now, each with what its label lists; nothing is judged."""
        labels = {Relief.CREAM.value: self["relief_label_cream"].value() or ""}
        given = self["relief_given"].value() or []
        return [
            ReliefFact(
                method,
                typed_number_or_none_if_blank(self[f"relief_mg_{method}"].value())
                if method in WITH_LIDOCAINE
                else None,
                labels.get(method, ""),
                is_given=method in given,
            )
            for method in self["relief"].value() or []
            if method in set(Relief)
        ]

    @property
    def scalp_look(self):
        """What was seen at the scalp and where, as it is kept; nothing where nothing was chosen."""
        return scalp_look_answer_parts(self.cleaned_data["look"], self.cleaned_data["look_zones"])

    @property
    def ticked_item_ids(self):
        """Everything ticked: one by one, by the same tick, or the routine of a part of the list at once."""
        cleaned = self.cleaned_data
        whole = {
            item.id
            for item in self.ref.items
            if is_ticked_by_all_done_box(item, cleaned.get("check_all", []))
            or (item.code == VIAL_CHECK and cleaned.get("accept_all"))
        }
        return self.ref.item_ids_with_jointly_ticked({*cleaned.get("check", []), *whole})


@dataclass
class SessionForms:
    """The forms of the session page together."""

    detail: SessionDetail
    main: MainForm
    zones: list[ZoneForm]
    drawn: Rows
    safety: list[SafetyForm]
    syringe: list[Rows]  # of each component
    reactions: list[ReactionForm]

    @classmethod
    def from_post(cls, data, detail, ref, lots):
        """As it was sent, to be judged."""
        return cls._make_all_forms(detail, ref, lots, lambda form, **more: form(data, **more))

    @classmethod
    def from_typed_unvalidated(cls, data, detail, ref, lots):
        """As it was left, not judged yet."""

        def make_unvalidated_form(form_class, **more):
            bound = form_class(data, **more)
            if isinstance(bound, Rows):
                return bound.unvalidated_copy()
            typed = {name: bound[name].data for name in bound.fields}
            return form_class(initial=typed, **more)

        return cls._make_all_forms(detail, ref, lots, make_unvalidated_form)

    @classmethod
    def _make_all_forms(cls, detail, ref, lots, make):
        day, previous = detail.session.performed_on, detail.previous
        areas = {row.zone_id: row.area_cm2 for row in detail.areas}
        treated_then = previous.zones if previous else ()
        was = {row.zone_id: row for row in treated_then if row.zone_id}
        return cls(
            detail=detail,
            main=make(MainForm, ref=ref, on=day, performer=detail.session.performed_by),
            zones=[
                make(ZoneForm, zone=zone, area=areas.get(zone.id, zone.area_cm2), was=was.get(zone.id))
                for zone in ref.zones
            ],
            drawn=cls._make_drawn_zone_rows([row for row in treated_then if not row.zone_id], make),
            safety=[
                make(
                    SafetyForm,
                    topic=topic,
                    risks=[risk for risk in ref.risks if risk.kind == topic],
                    known=[row for row in detail.risk_factors if row.kind == topic],
                    asked_before=detail.asked_before,
                )
                for topic in TOPICS
            ],
            syringe=cls._make_dose_rows(detail, lots, make),
            reactions=[make(ReactionForm, effect=effect, zones=ref.zones) for effect in ref.effects],
        )

    @classmethod
    def _make_drawn_zone_rows(cls, drawn_then, make):
        by_name = {row.name: row for row in drawn_then}
        drawn = make(DrawnZoneRows, prefix="drawn", least=len(drawn_then))
        for form in drawn:
            form.was = by_name.get(form.zone_name)
        return drawn

    @classmethod
    def _make_dose_rows(cls, detail, lots, make):
        stored = {}
        for row in detail.doses:
            stored.setdefault(row.product_id, []).append(row.lot_id)
        syringe = [
            make(
                DoseRows,
                prefix=f"dose-{component.product_id}",
                form_kwargs={
                    "component": component,
                    "lots": lots.get(component.product_id, []),
                    "kept": stored.get(component.product_id, []),
                    "on": detail.session.performed_on,
                },
            )
            for component in detail.components
        ]
        if detail.previous is not None:
            for rows in syringe:
                first = rows[0]
                given = detail.previous.ml_of_product_from_each_lot(first.component.product_id)
                first.was = ml_field_text(sum(given, ZERO)) if given else ""
        return syringe

    @property
    def dose_forms(self):
        """Every line of the syringe."""
        return [form for rows in self.syringe for form in rows]

    @property
    def all_forms(self):
        return [self.main, *self.safety, *self.zones, *self.drawn, *self.dose_forms, *self.reactions]

    @property
    def all_zone_forms(self):
        """Zones of the map and drawn ones."""
        return [*self.zones, *self.drawn]

    def is_valid(self):
        wrong = [form for form in self.all_forms if not form.is_valid()]
        valid = not wrong
        if valid and self.main.cleaned_data["no_reactions"] and self._reaction_entries():
            self.main.add_error(
                "no_reactions", "A reaction is chosen and “No reactions” too. Keep one of them."
            )
            valid = False
        return valid

    def _reaction_entries(self):
        return [form.reaction_entry_or_none for form in self.reactions if form.reaction_entry_or_none]

    def as_session_chart(self):
        """What was typed, as it is stored; the forms are valid."""
        said = self.main.cleaned_data
        pain = {
            Pain.Moment.DURING.value: said["pain_during"],
            Pain.Moment.END.value: said["pain_end"],
            Pain.Moment.AFTER_1H.value: said["pain_1h"],
        }
        return SessionChart(
            ticked=self.main.ticked_item_ids,
            doses=tuple(self._dose_entries()),
            zones=tuple(form.zone_entry_or_none for form in self.all_zone_forms if form.zone_entry_or_none),
            safety=self.safety_answers_by_topic(),
            pain={moment: score for moment, score in pain.items() if score is not None},
            reactions=tuple(self._reaction_entries()),
            relief=self.main.chosen_pain_relief,
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
                )
            },
        )

    def safety_answers_by_topic(self):
        none_changed = self.main.cleaned_data["safety_none"]
        said = {f.topic: f.safety_answer_or_none(none_changed=none_changed) for f in self.safety}
        return {topic: answer for topic, answer in said.items() if answer}

    def _dose_entries(self):
        begun = set()
        accepted = self.main.cleaned_data["accept_all"]
        for form in self.dose_forms:
            said = form.cleaned_data
            if not said.get("ml"):
                continue
            product = form.component.product_id
            planned = ZERO if product in begun else form.component.ml
            begun.add(product)
            yield DoseEntry(
                product,
                said["lot"],
                said["ml"],
                planned,
                said["read"] or accepted,
                is_given=said["lot"] == said["given"],
            )

    def posted_revision(self):
        return self.main.cleaned_data["revision"]

    # What the page shows before anybody has judged it.

    @property
    def drawn_ml(self):
        return sum((typed_number_or_zero(form["ml"].value()) for form in self.dose_forms), ZERO)

    @property
    def treated_zone_forms_and_figures(self):
        """The zones that are chosen, as (form, points, ml per point, area in cm²)."""
        return [
            (
                form,
                int(typed_number_or_zero(form["points"].value())),
                typed_number_or_zero(form["ml"].value()),
                typed_number_or_zero(form["area"].value()),
            )
            for form in self.all_zone_forms
            if form["on"].value()
        ]

    @property
    def delivered_ml(self):
        return signing.delivered_ml(
            [
                signing.ZoneFact(form.prefix, points, ml)
                for form, points, ml, _ in self.treated_zone_forms_and_figures
            ]
        )

    @property
    def waste_ml(self):
        return max(self.drawn_ml - self.delivered_ml, ZERO)

    @property
    def total_points(self):
        return sum(points for _, points, _, _ in self.treated_zone_forms_and_figures)

    @property
    def treated_area_cm2(self):
        return sum((area for *_, area in self.treated_zone_forms_and_figures), ZERO)

    @property
    def typed_ml_by_product(self):
        """ml by product, as typed."""
        given = {}
        for form in self.dose_forms:
            product = form.component.product_id
            given[product] = given.get(product, ZERO) + typed_number_or_zero(form["ml"].value())
        return given
