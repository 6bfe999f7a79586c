"""A page of a shape that axe has seen is not shown to it again; one with another element is."""

import pytest

from tests.journeys.conftest import Person

PAGE = '<html lang="en"><head><title>A</title></head><body><main><h1>{}</h1>{}</main></body></html>'


@pytest.fixture
def somebody(chromium):
    context = chromium.new_context()
    yield Person(context.new_page(), "")
    context.close()


def look_at(somebody, *filled) -> list[str]:
    somebody.page.set_content(PAGE.format(*filled))
    return somebody.violations()


def test_other_words_are_the_same_page_and_another_element_is_another(somebody, monkeypatch):
    assert look_at(somebody, "One", "<p>1</p>") == []

    with monkeypatch.context() as patch:
        patch.setattr(Person, "_violations_of_unknown_page", lambda person: ["asked"])
        assert look_at(somebody, "Two", "<p>2</p>") == []
        assert look_at(somebody, "Two", "<p></p>") == ["asked"]

    assert any("image-alt" in each for each in look_at(somebody, "One", '<p>1</p><img src="data:,">'))
    assert any("label" in each for each in look_at(somebody, "One", '<p>1</p><input name="a">'))


def test_what_was_wrong_once_is_said_again(somebody):
    wrong = "One", '<p>1</p><input name="b">'

    assert look_at(somebody, *wrong) == look_at(somebody, *wrong) != []
