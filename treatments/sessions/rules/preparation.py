"""A drawn syringe is looked at by a second person. No Django here."""

from collections.abc import Sequence

from mesoclinic.core.findings import Finding, block

#: Lot number and ml of every dose, in the order drawn.
Contents = Sequence[Sequence[str]]


def check_second_checker_and_unchanged_syringe(
    *, prepared_by: int | None, by: int, seen: Contents, contents: Contents, where: str
) -> Finding | None:
    """Whoever drew it does not check it; and what is checked is what is in it. The first of both."""
    if prepared_by == by:
        message = "You prepared this syringe. Somebody else looks at it with fresh eyes."
        return block("same-eyes", message, fixed=True, where=where)
    if [list(each) for each in seen] != [list(each) for each in contents]:
        message = (
            "The syringe was changed since you opened this page. "
            "Compare it again with what stands here now, then check."
        )
        return block("changed-meanwhile", message, fixed=True, where=where)
    return None
