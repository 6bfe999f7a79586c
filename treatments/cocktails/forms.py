"""What was typed on the formulation page, read into figures. What cannot be read stays as it was typed."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_DOWN, Decimal
from urllib.parse import urlencode

from crispy_forms.helper import FormHelper
from django import forms
from django.http import QueryDict
from django.utils import formats

from mesoclinic.core.quantities import ZERO, plain_number_text, round_ml
from mesoclinic.core.reasons import posted_reason_by_code
from treatments.cocktails.models import CocktailVersion
from treatments.cocktails.queries.catalogue import Catalogue, Offered
from treatments.cocktails.queries.formulation import formula_of_version
from treatments.cocktails.rules.formulation import LEAST_ML, MOST_ML
from treatments.cocktails.rules.versions import Drawn, Formula

SYRINGES_ML = [Decimal(n) for n in (1, 2, "2.5", 3, 5, 10, 20, 50)]

#: What a newly added ingredient starts with, where there is room for it.
FIRST_ML = Decimal(1)

#: What the course of a cocktail may be reckoned with (the database says the same).
MOST_SESSIONS, MOST_DAYS = 52, 365

_ML = re.compile(r"(\d{0,10})(?:([.,])(\d{1,2})0*)?")
_MG = re.compile(r"(\d{0,10})(?:([.,])(\d{1,3})0*)?")


def read_ml_or_none(text: str) -> Decimal | None:
    """Millilitres to a hundredth, written with the locale's decimal sign, a comma or a point; else None.

    “1,500” is refused where the comma may also group thousands: nobody shall guess what was meant.
    """
    return _read_decimal_or_none(text, _ML)


def typed_amount_as_ml_or_none(text: str, mg_per_ml: Decimal | None) -> Decimal | None:
    """Millilitres of a product, typed as ml (“1.0”, “1 ml”) or as mg of what it holds (“250 mg”); else None.

    Milligrams need the strength on file; they become the nearest hundredth of a millilitre.
    """
    typed = text.strip()
    unit = typed[-2:].casefold()
    if unit == "ml":
        return read_ml_or_none(typed[:-2])
    if unit != "mg":
        return read_ml_or_none(typed)
    mg = _read_decimal_or_none(typed[:-2], _MG)
    return round_ml(mg / mg_per_ml) if mg is not None and mg_per_ml else None


def _read_decimal_or_none(text: str, number: re.Pattern[str]) -> Decimal | None:
    typed = text.strip().replace("\N{NO-BREAK SPACE}", "").replace(" ", "")
    found = number.fullmatch(typed)
    if not typed or found is None or not (found[1] or found[3]):
        return None
    sign = formats.get_format("DECIMAL_SEPARATOR")
    if found[2] and found[2] != sign and re.search(r"[.,]\d{3}$", typed):
        return None
    return Decimal(f"{found[1] or 0}.{found[3] or 0}")


def ml_field_text(ml: Decimal) -> str:
    """``1`` → “1.0”, as the locale writes it."""
    shown = max(1, len(plain_number_text(ml).partition(".")[2]))
    return formats.number_format(ml, decimal_pos=shown, use_l10n=True)


@dataclass(frozen=True)
class TypedLine:
    """One product on the formulation page; ``ml`` is None where ``text`` is no volume."""

    product: Offered
    text: str
    ml: Decimal | None

    @property
    def can_be_stored(self) -> bool:
        return not self.product.blocked and self.ml is not None and LEAST_ML <= self.ml <= MOST_ML


@dataclass(frozen=True, slots=True)
class Scaled:
    """Every amount was made less in proportion. ``undo``: the amounts as they were, as the form posts them."""

    before_ml: Decimal
    after_ml: Decimal
    undo: str


@dataclass(frozen=True)
class Typed:
    """The whole formulation page as typed: the form's fields, read as far as they can be."""

    name: str
    kind: str
    syringe_ml: Decimal
    revision: int
    lines: Sequence[TypedLine]
    diluent: Offered | None  # what the syringe is made up with
    fill_to: str
    errors: Mapping[str, str] = field(default_factory=dict)  # field to sentence
    reasons: Mapping[str, str] = field(default_factory=dict)
    unknown: Sequence[str] = ()
    sessions: int = 1
    every_days: int = 14
    course: Mapping[str, str] = field(default_factory=dict)  # as typed, where unreadable
    scaled: "Scaled | None" = None  # what a button just did to every amount

    @property
    def sessions_text(self) -> str:
        return self.course.get("sessions", str(self.sessions))

    @property
    def days_between_sessions_text(self) -> str:
        return self.course.get("every_days", str(self.every_days))

    @property
    def ml_without_diluent(self) -> Decimal:
        """Everything but the diluent."""
        return sum((line.ml or ZERO for line in self.lines), ZERO)

    @property
    def diluent_ml_or_none(self) -> Decimal | None:
        """What is still missing to the chosen total; None where none is chosen or it is passed."""
        whole = read_ml_or_none(self.fill_to)
        if self.diluent is None or whole is None or whole <= self.ml_without_diluent:
            return None
        return whole - self.ml_without_diluent

    @property
    def codes_and_ml_drawn(self) -> list[tuple[str, Decimal | None]]:
        """Product codes and ml in the order drawn, the diluent last."""
        drawn = [(line.product.code, line.ml) for line in self.lines]
        if self.diluent is not None and self.diluent_ml_or_none is not None:
            drawn.append((self.diluent.code, self.diluent_ml_or_none))
        return drawn

    @property
    def can_be_stored(self) -> bool:
        """Whether the database can hold it; what it cannot hold is kept as a draft of the form."""
        return (
            not self.errors
            and (self.diluent_ml_or_none is None or self.diluent_ml_or_none <= MOST_ML)
            and all(line.can_be_stored for line in self.lines)
        )

    @property
    def products_and_ml_to_store(self) -> list[tuple[Offered, Decimal]]:
        kept = [(line.product, line.ml) for line in self.lines if line.ml is not None]
        if self.diluent is not None and self.diluent_ml_or_none is not None:
            kept.append((self.diluent, self.diluent_ml_or_none))
        return kept

    @property
    def formula(self) -> Formula:
        return Formula(
            tuple(Drawn(product.code, product.label, ml) for product, ml in self.products_and_ml_to_store),
            self.kind,
            self.syringe_ml,
            self.sessions,
            self.every_days,
        )

    def as_form_fields(self) -> QueryDict:
        """As the form posts it, with every command carried out."""
        fields = QueryDict(mutable=True)
        fields["name"], fields["kind"] = self.name, self.kind
        fields["syringe_ml"] = plain_number_text(self.syringe_ml)
        fields["revision"] = str(self.revision)
        fields["sessions"] = self.sessions_text
        fields["every_days"] = self.days_between_sessions_text
        fields["fill_to"] = self.fill_to
        if self.diluent is not None:
            fields["fill_with"] = self.diluent.code
        for line in self.lines:
            fields.appendlist("line", line.product.code)
            fields[f"ml:{line.product.code}"] = line.text
        for code, reason in self.reasons.items():
            fields[f"reason:{code}"] = reason
        return fields


def version_as_form_fields(version: CocktailVersion, catalogue: Catalogue) -> QueryDict:
    """A version from ``queries.version_with_formulation`` as the formulation page would post it."""
    formula = formula_of_version(version)
    fields = QueryDict(mutable=True)
    fields["name"], fields["kind"] = version.cocktail.name, version.kind
    fields["syringe_ml"] = plain_number_text(version.syringe_ml)
    fields["revision"] = str(version.revision)
    fields["sessions"] = str(version.sessions)
    fields["every_days"] = str(version.every_days)
    _fill_line_fields(fields, [(line.product_code, line.ml) for line in formula.lines], catalogue)
    return fields


def _fill_line_fields(fields: QueryDict, drawn: Iterable[tuple[str, Decimal]], catalogue: Catalogue) -> None:
    """The last diluent becomes the volume the syringe is made up to."""
    drawn = list(drawn)
    filled = [code for code, _ in drawn if catalogue.products[code].is_diluent][-1:]
    for code, ml in drawn:
        if code not in filled:
            fields.appendlist("line", code)
            fields[f"ml:{code}"] = ml_field_text(ml)
    if filled:
        fields["fill_with"] = filled[0]
        fields["fill_to"] = ml_field_text(sum((ml for _, ml in drawn), ZERO))


def read_formulation_and_carry_out_buttons(
    posted: QueryDict, catalogue: Catalogue, version: CocktailVersion
) -> Typed:
    """Read the formulation page, and carry out what its buttons asked: add, remove, start from a formulation."""
    fields = posted.copy()
    codes = list(dict.fromkeys(fields.getlist("line")))
    if removed := fields.get("remove"):
        codes = [code for code in codes if code != removed]
    diluent = _chosen_or_default_diluent_or_none(fields.get("fill_with", ""), catalogue)
    unknown = [code for code in codes if code not in catalogue.products]
    codes = [code for code in codes if code in catalogue.products]
    syringe_ml, syringe_error = _syringe_size_and_error(fields.get("syringe_ml", ""), version)
    kind = fields.get("kind", "")
    kind = kind if kind in CocktailVersion.Kind else version.kind

    chosen = _chosen_formula_or_none(fields.get("use", ""), catalogue)
    if chosen is not None:
        if not codes:
            kind, syringe_ml = chosen.kind, chosen.syringe_ml
            fields["sessions"] = str(chosen.sessions)
            fields["every_days"] = str(chosen.every_days)
        more = QueryDict(mutable=True)
        drawn = [(each.product_code, each.ml) for each in chosen.lines if each.product_code not in codes]
        _fill_line_fields(more, drawn, catalogue)
        codes += more.getlist("line")
        diluent = _chosen_or_default_diluent_or_none(more.get("fill_with", ""), catalogue) or diluent
        for name in more:
            if name.startswith("ml:") or (name == "fill_to" and not fields.get(name)):
                fields[name] = more.get(name, "")

    scaled = _scale_or_unscale_amounts(fields, codes, catalogue)

    added = fields.get("add") or (fields.get("pick") if "add_picked" in fields else "")
    if added and added not in catalogue.products:
        unknown.append(added)
    elif added and added not in codes and (diluent is None or added != diluent.code):
        fields[f"ml:{added}"] = ml_field_text(_initial_ml_of_added_product(fields, codes, syringe_ml))
        codes.append(added)

    sessions, every_days, course = _sessions_interval_and_wrong_fields(fields, version)
    lines = [_read_typed_line(code, fields.get(f"ml:{code}", ""), catalogue) for code in codes]
    lines = [line for line in lines if diluent is None or line.product != diluent]
    typed = Typed(
        name=fields.get("name", "").strip(),
        kind=kind,
        syringe_ml=syringe_ml,
        # "keep": this formulation page stays, over the change that somebody else has made meanwhile.
        revision=_whole_number_or_default(fields.get("keep") or fields.get("revision", ""), version.revision),
        lines=lines,
        diluent=diluent,
        fill_to=fields.get("fill_to", "").strip() if diluent else "",
        reasons={code: said for code, said in posted_reason_by_code(fields).items() if said},
        unknown=unknown,
        sessions=sessions,
        every_days=every_days,
        course=course,
        scaled=scaled,
    )
    return _typed_with_field_errors(typed, syringe_error)


def _scale_or_unscale_amounts(fields: QueryDict, codes: Sequence[str], catalogue: Catalogue) -> Scaled | None:
    """Carry out “Scale to … ml”: every amount less in proportion, down to a hundredth of a millilitre.

    None where it was not asked, or where an amount cannot be read. “Undo” puts back the amounts that stood before.
    """
    for name, value in QueryDict(fields.get("unscale", "")).items():
        if name == "fill_to" or name.removeprefix("ml:") in codes:
            fields[name] = str(value)
    whole = read_ml_or_none(fields.get("scale", ""))
    amounts = {
        code: typed_amount_as_ml_or_none(
            fields.get(f"ml:{code}", ""), catalogue.products[code].single_content_mg_per_ml_or_none
        )
        for code in codes
    }
    read = {code: ml for code, ml in amounts.items() if ml}
    filled = read_ml_or_none(fields.get("fill_to", ""))
    before = max(sum(read.values(), ZERO), filled or ZERO)
    if whole is None or len(read) < len(codes) or not 0 < whole < before:
        return None
    undo = urlencode(
        {f"ml:{code}": fields[f"ml:{code}"] for code in read} | {"fill_to": fields.get("fill_to", "")}
    )
    for code, ml in read.items():
        fields[f"ml:{code}"] = ml_field_text((ml * whole / before).quantize(LEAST_ML, ROUND_DOWN))
    if filled:
        fields["fill_to"] = ml_field_text(whole)
    return Scaled(before, whole, undo)


def _typed_with_field_errors(typed: Typed, syringe_error: str) -> Typed:
    errors = {}
    if not 1 <= len(typed.name) <= 80:
        errors["name"] = "Give the cocktail a name of at most 80 characters."
    if syringe_error:
        errors["syringe"] = syringe_error
    if typed.course:
        errors["course"] = (
            f"Enter 1 to {MOST_SESSIONS} sessions, 1 to {MOST_DAYS} days apart. "
            f"Until then {typed.sessions} and {typed.every_days} are used."
        )
    if typed.fill_to:
        whole = read_ml_or_none(typed.fill_to)
        if whole is None or whole > MOST_ML:
            errors["fill_to"] = f"Enter a total of at most {MOST_ML} ml, or leave it empty."
        elif whole < typed.ml_without_diluent:
            errors["fill_to"] = (
                f"The ingredients alone are {ml_field_text(typed.ml_without_diluent)} ml. Make it up to more, "
                f"take some out, or leave this empty."
            )
    return replace(typed, errors=errors)


def _read_typed_line(code: str, text: str, catalogue: Catalogue) -> TypedLine:
    product = catalogue.products[code]
    ml = typed_amount_as_ml_or_none(text, product.single_content_mg_per_ml_or_none)
    is_unit = text.strip()[-2:].casefold() in ("mg", "ml")
    # Said back as the formulation page writes it; what cannot be read stays as it was typed.
    return TypedLine(product, ml_field_text(ml) if is_unit and ml else text[:20], ml)


def _chosen_or_default_diluent_or_none(code: str, catalogue: Catalogue) -> Offered | None:
    posted = catalogue.products.get(code)
    return posted if posted is not None and posted.is_diluent else catalogue.default_diluent_or_none()


def _syringe_size_and_error(text: str, version: CocktailVersion) -> tuple[Decimal, str]:
    """The size typed in ml, else the one stored with what is wrong."""
    size = read_ml_or_none(text) if text else version.syringe_ml
    if size is None or not 0 < size <= MOST_ML:
        return version.syringe_ml, f"Choose a syringe of at most {MOST_ML} ml."
    return size, ""


def _sessions_interval_and_wrong_fields(
    fields: QueryDict, version: CocktailVersion
) -> tuple[int, int, dict[str, str]]:
    """How many sessions, how far apart; and what was typed where that is no such number."""
    read, wrong = {}, {}
    for name, most in (("sessions", MOST_SESSIONS), ("every_days", MOST_DAYS)):
        stands: int = getattr(version, name)
        typed = str(fields.get(name, stands)).strip()
        number = int(typed) if re.fullmatch(r"[0-9]{1,3}", typed) else 0
        read[name] = number if 1 <= number <= most else stands
        if not 1 <= number <= most:
            wrong[name] = typed[:10]
    return read["sessions"], read["every_days"], wrong


def _chosen_formula_or_none(text: str, catalogue: Catalogue) -> Formula | None:
    return next(
        (each.formula for each in catalogue.formulations if text and str(each.version_id) == text), None
    )


def _initial_ml_of_added_product(fields: QueryDict, codes: Iterable[str], syringe_ml: Decimal) -> Decimal:
    """ml proposed for a product just added: 1, or the room that is left where that is 0.1 to 1."""
    drawn = sum((read_ml_or_none(fields.get(f"ml:{code}", "")) or ZERO for code in codes), ZERO)
    whole = read_ml_or_none(fields.get("fill_to", "")) or syringe_ml
    room = min(whole, syringe_ml) - drawn
    return room if LEAST_ML * 10 <= room < FIRST_ML else FIRST_ML


def _whole_number_or_default(text: str, otherwise: int) -> int:
    """The number typed; ``otherwise`` where it is none."""
    return int(text) if text.isdecimal() and len(text) < 9 else otherwise


class StartForm(forms.Form):
    """What a cocktail is called, and what it begins from."""

    name = forms.CharField(max_length=80, label="Name", required=False)
    paper_name = forms.CharField(
        max_length=80,
        label="Name on papers",
        required=False,
        help_text="For the desk, quotes and receipts. Empty: Cocktail.",
    )
    from_version = forms.ChoiceField(label="Begin from", required=False, widget=forms.RadioSelect)

    def __init__(self, *args, begin_from: Sequence[tuple[str, str]] = (), **more):
        super().__init__(*args, **more)
        choice = self.fields["from_version"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [("", "An empty syringe"), *begin_from]
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
