"""What one worker knows of its channels: a server that was not reached a moment ago, and how much went out in the last minute."""

from collections import defaultdict, deque
from datetime import datetime, timedelta

#: After a server was not reached nobody tries for so long: each try may hold the worker for EMAIL_TIMEOUT. Shorter
#: than the first wait of ``TRY_AGAIN_MINUTES``, so that a message tried again is really tried.
NOT_TRIED_FOR = timedelta(seconds=45)
MINUTE = timedelta(minutes=1)


class Channels:
    """Of this process. Instants come from the caller; one from the time to come is of a clock set back, and forgotten."""

    def __init__(self) -> None:
        self._not_reached: dict[str, tuple[datetime, str]] = {}
        self._handed_over: dict[str, deque[datetime]] = defaultdict(deque)

    def note_not_reached(self, channel: str, why: str, now: datetime) -> None:
        """The server did not answer, or hung."""
        self._not_reached[channel] = now, why

    def note_handed_over(self, channel: str, now: datetime) -> None:
        """The server was reached and given a message."""
        self._not_reached.pop(channel, None)
        self._handed_over[channel].append(now)

    def why_not_reached_or_empty(self, channel: str, now: datetime) -> str:
        """What was wrong a moment ago: trying again now would most likely only hold the worker."""
        at, why = self._not_reached.get(channel, (None, ""))
        return why if at is not None and timedelta() <= now - at < NOT_TRIED_FOR else ""

    def free_at_or_none(self, channel: str, now: datetime, *, most_a_minute: int) -> datetime | None:
        """When the next message may go out, where the last minute's are as many as may be; 0 is no limit."""
        sent = self._handed_over[channel]
        while sent and not timedelta() <= now - sent[0] < MINUTE:
            sent.popleft()
        return sent[-most_a_minute] + MINUTE if 0 < most_a_minute <= len(sent) else None

    def forget(self) -> None:
        """As in a new process."""
        self._not_reached.clear()
        self._handed_over.clear()


#: Of this process.
channels = Channels()
