"""An e-mail backend that writes files, and stops for ever at one point, so that its worker can be killed there.

``STOP_AT`` says where: ``open`` (the server is reached, nothing handed over), ``sent`` (the message is out, the
worker does not know yet), or nothing. ``STOP_FILE`` is made when it is reached.
"""

import os
import random
import signal
import time
from pathlib import Path

from django.core.mail.backends.filebased import EmailBackend


class StoppingBackend(EmailBackend):
    def open(self):
        _stop("open")
        return super().open()

    def send_messages(self, messages):
        _stop("handed_over")
        count = super().send_messages(messages)
        _stop("sent")
        return count


def _stop(point):
    if os.environ.get("STOP_AT") == point:
        Path(os.environ["STOP_FILE"]).touch()
        while True:
            signal.pause()


class SlowBackend(EmailBackend):
    """Takes its time before, in and after the hand-over, so that a kill at random meets each of them."""

    def open(self):
        time.sleep(random.uniform(0, 0.02))
        return super().open()

    def send_messages(self, messages):
        time.sleep(random.uniform(0, 0.02))
        count = super().send_messages(messages)
        time.sleep(random.uniform(0, 0.02))
        return count
