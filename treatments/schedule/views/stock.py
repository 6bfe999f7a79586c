"""What booked sessions will use, week by week, against what is on the shelf."""

from dataclasses import dataclass
from decimal import Decimal

from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_http_methods

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.quantities import plain_number_text
from treatments.schedule.queries import stock

#: The plot, in its own units.
WIDTH, HEIGHT, LEFT, TOP, FLOOR = 720, 230, 44, 14, 190


@requires_permission(Permission.SEE_STOCK)
@require_http_methods(["GET", "HEAD"])
def stock_forecast_page(request):
    """What booked sessions take, product by product, against what is on the shelf."""
    found = stock.product_forecasts(request.clinic, timezone.now())
    booked = [each for each in found if each.outlook.booked]
    wanted = request.GET.get("product", "")
    shown = next((each for each in booked if str(each.product.pk) == wanted), booked[0] if booked else None)
    return render(
        request,
        "treatments/schedule/stock_forecast.html",
        {
            "title": "What booked sessions will use",
            "nav_on": "stock",
            "found": found,
            "booked": booked,
            "shown": shown,
            "plot": forecast_plot(shown) if shown else None,
            "weeks": [week for week, _ in booked[0].weeks] if booked else [],
            "warnings": stock.forecast_findings_not_ok(found),
        },
    )


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    middle: float
    label: str
    ml: Decimal


@dataclass(frozen=True)
class Plot:
    """Where everything is drawn: a bar a week, and the line of what is left."""

    bars: list[Bar]
    line: str
    ticks: list[tuple[float, str]]
    runs_out_x: float | None


def forecast_plot(forecast: stock.ProductForecast) -> Plot:
    """ml a week as bars; what is usable now, less what is taken, as a line that stops where it runs out."""
    weeks = forecast.weeks
    usable = forecast.outlook.usable_ml
    most = max([ml for _, ml in weeks] + [usable, Decimal(1)])
    step = (WIDTH - LEFT) / len(weeks)

    def y_of_ml(ml: Decimal) -> float:
        """How far down the drawing this amount lies."""
        return round(FLOOR - float(ml / most) * (FLOOR - TOP), 1)

    bars, points, left, runs_out = [], [f"{LEFT},{y_of_ml(usable)}"], usable, None
    for place, (week, ml) in enumerate(weeks):
        x = LEFT + place * step
        bars.append(
            Bar(
                x=round(x + step * 0.2, 1),
                y=y_of_ml(ml),
                width=round(step * 0.6, 1),
                height=round(FLOOR - y_of_ml(ml), 1),
                middle=round(x + step / 2, 1),
                label=date_format(week, "j M"),
                ml=ml,
            )
        )
        if runs_out is None:
            left -= ml
            points.append(f"{round(x + step, 1)},{y_of_ml(max(left, Decimal(0)))}")
            if left < 0:
                runs_out = round(x + step / 2, 1)
    ticks = [
        (y_of_ml(most * share / 2), f"{plain_number_text(round(most * share / 2, 1))}") for share in (0, 1, 2)
    ]
    return Plot(bars, " ".join(points), ticks, runs_out)
