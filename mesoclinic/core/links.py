"""A signed link that is not accepted: changed, ended or unknown."""


class BadLink(Exception):
    """``why`` is ``unreadable`` (altered, cut off, never ours) or ``expired``."""

    def __init__(self, why: str):
        super().__init__(why)
        self.why = why
