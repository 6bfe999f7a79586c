"""Bands of how many sessions somebody had done before this one. No Django here."""

#: The first number of each band, and what it is called.
BANDS = ((0, "under 50 sessions"), (50, "50 to 199"), (200, "200 to 499"), (500, "500 and more"))

#: A band is shown where at least so many people are in it: else it would be the figures of one colleague.
LEAST_PERFORMERS = 3


def band_of_sessions(done: int) -> int:
    """The first number of the band."""
    return max(first for first, _ in BANDS if first <= done)


def band_may_be_shown(performers: int) -> bool:
    """Whether nobody is told apart in it."""
    return performers >= LEAST_PERFORMERS
