"""How a line of Today's inbox is written, and which lines a group shows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.utils import timezone

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.core.paging import counted_text
from mesoclinic.inbox.models import InboxMark
from mesoclinic.inbox.queries import Marks

#: A group shows so many lines, then a link to all of them.
LINES = 3

#: Undo stands open beside what one has just seen.
FRESH_FOR = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to do: who, what, why now, and the one action. ``key`` is its name: mesoclinic/inbox/rules.py."""

    key: str
    who: str
    what: str
    why: str
    action: str
    url: str
    phone: str = ""
    chip: str = ""
    level: str = "plain"
    #: A posted action names its fields; without any the action opens the address.
    posts: tuple[tuple[str, str], ...] = ()
    is_post: bool = False
    #: The colleague who has it open: "Sara".
    taken_by: str = ""


@dataclass(frozen=True, slots=True)
class SeenLine:
    """A line that somebody took away, while what it says still stands."""

    line: Line
    by: str
    at: datetime
    #: A moment ago, by who looks: Undo stands open.
    is_fresh: bool


@dataclass(frozen=True, slots=True)
class Group:
    key: str
    title: str
    lines: Sequence[Line]
    count: int
    #: Where all of them stand: the words and the address.
    more: Sequence[tuple[str, str]] = ()
    seen: Sequence[SeenLine] = ()

    @property
    def count_text(self) -> str:
        return counted_text(self.count)

    @property
    def has_fresh(self) -> bool:
        return any(one.is_fresh for one in self.seen)


@dataclass(frozen=True, slots=True)
class Desk:
    """Who looks at the inbox of which clinic, when, and what is marked there."""

    user: User
    clinic: Clinic
    now: datetime
    marks: Marks

    def group(
        self,
        key: str,
        title: str,
        kinds: Sequence[Sequence[Line]],
        more: Sequence[tuple[str, str]] = (),
    ) -> Group:
        """The lines that nobody has seen, the gravest kind first; what was seen stands aside."""
        open_kinds = [[line for line in lines if line.key not in self.marks.seen] for lines in kinds]
        seen = [line for lines in kinds for line in lines if line.key in self.marks.seen]
        return Group(
            key,
            title,
            [self._with_colleague(line) for line in first_lines(open_kinds)],
            sum(len(lines) for lines in open_kinds),
            more,
            [self._seen_line(line, self.marks.seen[line.key]) for line in seen],
        )

    def _with_colleague(self, line: Line) -> Line:
        other = self.marks.taken_by_other_or_none(line.key, self.user)
        if other is None:
            return line
        return replace(line, taken_by=other.display_name)

    def _seen_line(self, line: Line, mark: InboxMark) -> SeenLine:
        is_own = mark.by_id == self.user.pk
        by = "you" if is_own else mark.by.display_name
        fresh = is_own and self.now - mark.at < FRESH_FOR
        return SeenLine(line, by, timezone.localtime(mark.at, self.clinic.zone), fresh)


def first_lines(kinds: Sequence[Sequence[Line]]) -> list[Line]:
    """As many lines as a group shows: one of each kind, then more of the gravest, in the order of the kinds."""
    shown = [min(len(lines), 1) for lines in kinds]
    for place, lines in enumerate(kinds):
        shown[place] += min(len(lines) - shown[place], max(LINES - sum(shown), 0))
    return [line for lines, count in zip(kinds, shown, strict=True) for line in lines[:count]]
