"""Sources as the rules carry them: read, ordered, and shown as links."""

import pytest
from django.template import Context, Template

from mesoclinic.core.citations import Citation, citations_best_first_text, citations_in_text, rank_of_source
from mesoclinic.core.findings import block, note, ok, warn
from mesoclinic.core.shown_findings import numbered_findings_by_level

TWO = "[GK] general knowledge | [EMA12] EMA referral <https://ema.europa.eu/x?a=1> | [CA1751] California Code"


def test_sources_are_read_the_best_first():
    assert citations_in_text(TWO) == [
        Citation("EMA12", "EMA referral", "https://ema.europa.eu/x?a=1"),
        Citation("CA1751", "California Code"),
        Citation("GK", "general knowledge"),
    ]
    assert citations_in_text("This clinic's stock") == [Citation("", "This clinic's stock")]
    assert citations_in_text("EMA12, GK") == [Citation("EMA12", "EMA12"), Citation("GK", "GK")]
    assert citations_in_text("[DRECE]") == [Citation("DRECE", "DRECE")]
    assert citations_in_text("") == []


def test_what_was_read_is_written_as_it_was():
    assert citations_best_first_text(citations_best_first_text(TWO)) == citations_best_first_text(TWO)
    assert citations_best_first_text(TWO).endswith("[GK] general knowledge")


def test_a_label_leads_and_what_nobody_published_comes_last():
    kinds = [
        "clinic site",
        "RCT",
        "label; read: page",
        "guideline",
        "systematic review",
        "study; read: abstract",
    ]
    ranked = sorted(kinds, key=lambda kind: rank_of_source("X", kind))

    assert ranked == [
        "label; read: page",
        "guideline",
        "systematic review",
        "RCT",
        "study; read: abstract",
        "clinic site",
    ]
    assert rank_of_source("GK", "general knowledge") > rank_of_source("SEED", "seed")
    assert rank_of_source("SEED", "seed") > rank_of_source("X", "product page")
    assert rank_of_source("X", "regulator via press") > rank_of_source("X", "regulator")


FINDINGS = [
    note("n:1", "First note"),
    block(
        "b:1",
        "Out of date",
        fixed=True,
        source=TWO,
        basis="stated",
        reviewed="reviewed by Dr Elif Kaya, 3 Mar 2026",
    ),
    ok("o:1", "Fits"),
    warn("w:1", "Twice", where="line:zinc-1"),
    block("b:2", "Too much", detail="label dose [MOFTAH13; EJD23] & more"),
    note("n:2", "Second note"),
]


def test_blocks_come_first_then_warnings_and_a_level_with_several_is_numbered():
    shown = numbered_findings_by_level(FINDINGS)

    assert [(each.label, each.override_hint_or_empty) for each in shown.loud] == [
        ("Block 1", "cannot be overridden"),
        ("Block 2", "needs a reason"),
        ("Warning", "needs a reason"),
    ]
    assert (len(shown.notes), len(shown.passed)) == (2, 1)


def test_a_finding_frozen_before_a_part_was_kept_is_read_still():
    frozen = {name: value for name, value in FINDINGS[1].as_dict().items() if name != "reviewed"} | {"odd": 1}

    (shown,) = numbered_findings_by_level([frozen]).blocks

    assert (shown.finding.code, shown.finding.fixed, shown.finding.reviewed) == ("b:1", True, "")


def rendered(findings, **more):
    page = Template('{% include "parts/_findings.html" %}').render(
        Context({"findings": findings, "may_override": True, "reasons": {}, **more})
    )
    return " ".join(page.split())


def test_the_best_source_leads_with_its_reference_and_its_address_and_the_others_open():
    page = rendered(FINDINGS)

    assert '<a href="/catalogue/sources/EMA12/">EMA referral</a>' in page
    assert '<a href="https://ema.europa.eu/x?a=1" rel="noreferrer noopener">ema.europa.eu</a>' in page
    assert (
        page.index("EMA referral")
        < page.index("<summary>and 2 more</summary>")
        < page.index("California Code")
    )
    assert "stated by the source" in page
    assert "reviewed by Dr Elif Kaya, 3 Mar 2026" in page


def test_notes_and_what_passed_are_folded_and_quiet():
    page = rendered(FINDINGS)

    assert "2 notes</summary>" in page
    assert "1 passed</summary>" in page
    assert "<b>Out of date</b>" in page
    assert "<b>First note</b>" not in page
    assert page.index("Out of date") < page.index("Twice") < page.index("First note") < page.index("Fits")


def test_source_keys_in_a_text_are_links_and_the_text_is_escaped():
    page = rendered(FINDINGS)

    assert (
        'label dose [<a href="/catalogue/sources/MOFTAH13/">MOFTAH13</a>; '
        '<a href="/catalogue/sources/EJD23/">EJD23</a>] &amp; more'
    ) in page


@pytest.mark.parametrize(
    ("more", "held", "said"),
    [
        (
            {"take_out": "/cocktails/1/check/"},
            True,
            'value="zinc-1" hx-post="/cocktails/1/check/">Take it out',
        ),
        ({}, False, "Take it out"),
        ({"there": "/sessions/1/"}, True, '<a href="/sessions/1/#line:zinc-1">Go there</a>'),
        ({"read_only": True}, False, "reason:w:1"),
    ],
)
def test_a_finding_carries_its_way_out(more, held, said):
    assert (said in rendered(FINDINGS, **more)) is held
