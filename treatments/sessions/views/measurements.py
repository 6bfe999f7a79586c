"""What is measured and asked at every session: the fields, the last values, and how density went."""

from decimal import Decimal

from mesoclinic.core.quantities import plain_number_text
from treatments.conditions.queries.measurements import how_measured
from treatments.conditions.rules.measurements import change_since, smallest_change_or_none
from treatments.sessions.forms.charting import MEASURES
from treatments.sessions.rules.measurements import DENSITY, PATIENT_ITEMS, density_zone_code_or_none


def _density_zone_or_none(detail, ref):
    """The zone of ``ref`` where density is counted, or None."""
    zones = {zone.code: zone for zone in ref.zones}
    counted = [row.zone and row.zone.code for row in detail.measurements if row.scale.code == DENSITY]
    code = density_zone_code_or_none(
        next(iter(counted), None), [row.zone.code for row in detail.areas], zones
    )
    return zones.get(code)


def measure_fields_with_last_value(session_forms, ref):
    """The figures of “Since last session”: the field, the last value, and the difference where one is typed."""
    detail = session_forms.detail
    zone = _density_zone_or_none(detail, ref)
    rows = []
    condition = detail.session.plan.assessment.condition.code
    for name, code in MEASURES.items():
        scale = ref.scales.get(code)
        if scale is None or name in PATIENT_ITEMS or not scale.is_for_condition(condition):
            continue
        last = _last_measured_value_or_none(detail.measurements, code, zone)
        where = f", {zone.name.partition(' (')[0].lower()}" if code == DENSITY and zone else ""
        rows.append(
            {
                "field": session_forms.main[name],
                "label": f"{session_forms.main.fields[name].label}{where}",
                "unit": "/cm²" if code == DENSITY else scale.unit,
                "last": last,
                "better": 1 if scale.higher_is_better else -1,
                "change": _change_and_how_good_or_none(session_forms.main[name].value(), last, scale),
                "smallest": "" if last is None else _smallest_change_or_none(last, scale),
                "how": _how_text_of_last(detail.measurements, code, zone),
            }
        )
    return rows


def patient_item_rows_for_page(session_forms, ref):
    """What the patient says, 0 to 10, in this condition: the field, its ends, and the last answer."""
    detail = session_forms.detail
    condition = detail.session.plan.assessment.condition.code
    rows = []
    for name, code in PATIENT_ITEMS.items():
        scale = ref.scales.get(code)
        if scale is None or not scale.is_for_condition(condition):
            continue
        last = _last_measured_value_or_none(detail.measurements, code, None)
        low, high = _ends_of_item(scale.method)
        rows.append(
            {
                "field": session_forms.main[name],
                "legend": session_forms.main.fields[name].label,
                "low": low,
                "high": high,
                "hint": "" if last is None else f"last {plain_number_text(last)}",
            }
        )
    return rows


def _ends_of_item(method):
    """“0 none to 10 very heavy, last 7 days” is (“none”, “very heavy”)."""
    low, _, high = method.partition(",")[0].partition(" to 10 ")
    return low.removeprefix("0 ") or "least", high or "most"


def _last_measured_value_or_none(measurements, code, zone):
    return next((row.value for row in measurements if _is_measured_by_scale_in_zone(row, code, zone)), None)


def _is_measured_by_scale_in_zone(row, code, zone):
    """Whether it was measured by this scale and, for density, in this zone or in none that is known."""
    if row.scale.code != code:
        return False
    return code != DENSITY or zone is None or row.zone is None or row.zone.code == zone.code


def _smallest_change_or_none(last, scale):
    return smallest_change_or_none(
        last, absolute=scale.smallest_change, percent=scale.smallest_change_percent
    )


def _change_and_how_good_or_none(typed, last, scale):
    """“+9” and how good that is, as far as it can be told from error; None while nothing is typed."""
    try:
        value = Decimal(str(typed or "").replace(",", "."))
        change = change_since(
            last,
            value,
            smallest=_smallest_change_or_none(last, scale),
            higher_is_better=scale.higher_is_better,
        )
    except (ArithmeticError, TypeError):
        return None
    return {"text": change.text, "level": change.level}


def _how_text_of_last(measurements, code, zone):
    """How the last figure was measured: the new one is written down as measured the same way."""
    last = next((row for row in measurements if _is_measured_by_scale_in_zone(row, code, zone)), None)
    if last is None:
        return ""
    how = how_measured(last)
    return ", ".join(
        part
        for part in (
            how.place if last.site else "",
            how.method,
            how.device,
            "" if how.field_cm2 is None else f"{plain_number_text(how.field_cm2)} cm²",
        )
        if part
    )


def density_plot_or_none(detail, ref):
    """The density so far, as a line in a box of 300 × 64; nothing before there are two figures."""
    zone = _density_zone_or_none(detail, ref)
    values = [
        float(row.value) for row in detail.measurements if _is_measured_by_scale_in_zone(row, DENSITY, zone)
    ][:8][::-1]
    if len(values) < 2:
        return None
    low, high = min(values), max(values)
    span = (high - low) or 1
    step = 284 / (len(values) - 1)
    points = [
        (round(8 + n * step, 1), round(56 - (value - low) / span * 44, 1)) for n, value in enumerate(values)
    ]
    return {
        "points": points,
        "line": " ".join(f"{x},{y}" for x, y in points),
        "label": f"Density from {values[0]:g} to {values[-1]:g} hairs/cm²",
    }
