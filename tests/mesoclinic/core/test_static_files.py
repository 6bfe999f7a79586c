"""Static files are sent compressed, in the demo as well."""

import gzip

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from whitenoise.middleware import WhiteNoiseMiddleware


#: That an answer is closed ends a request, and with it the connections of that request.
@pytest.mark.django_db
def test_the_style_sheet_is_sent_compressed_where_files_are_found_as_in_the_demo(settings):
    settings.WHITENOISE_USE_FINDERS = True
    asked = RequestFactory().get("/static/site.css", headers={"Accept-Encoding": "gzip"})

    answer = WhiteNoiseMiddleware(lambda request: HttpResponse(status=404))(asked)
    sent = answer.getvalue()
    answer.close()

    assert answer["Content-Encoding"] == "gzip"
    assert gzip.decompress(sent) == (settings.BASE_DIR / "static" / "build" / "site.css").read_bytes()
    assert len(sent) < 20_000
