"""A manage.py of its own that works on the database of the tests."""

import os
from urllib.parse import urlsplit

from django.db import connection


def environment_of_tests(**more):
    """What it is started with: the database of the running test."""
    url = urlsplit(os.environ["DATABASE_URL"])
    url = url._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    return os.environ | {"DATABASE_URL": url, "DEMO": "1", **more}
