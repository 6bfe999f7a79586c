"""Days in words, the same in every rule."""

from datetime import date


def day_text(day: date) -> str:
    """A date as the screens write it: 3 Mar 2027."""
    return f"{day.day} {day:%b} {day.year}"
