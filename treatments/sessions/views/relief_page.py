"""What the page shows below the relief that is ticked: what speaks against it, what was not asked, what was given."""

from treatments.cocktails.views.not_asked import questions_context
from treatments.sessions.rules.pain_relief import WITH_LIDOCAINE
from treatments.sessions.views.questions import findings_and_questions_about_relief


def relief_findings_context(request, session, main, record):
    """What treatments/sessions/_relief_findings.html takes. ``record``: what the record says against the relief."""
    findings, not_asked = findings_and_questions_about_relief(
        request, session, main.typed_pain_relief, record
    )
    asked = [finding for question in not_asked for finding in question.findings]
    return {
        "relief_findings": findings,
        "relief_given": relief_given_boxes(main, [*findings, *asked]),
        **questions_context(not_asked, then=", and save the draft"),
    }


def relief_given_boxes(main, findings):
    """(method, words, ticked) of the relief that may be marked as given already: where it is refused, or marked."""
    refused = any(each.blocks for each in findings)
    return [
        (each.method, each.method_text, each.is_given)
        for each in main.typed_pain_relief
        if each.is_given or (refused and each.method in WITH_LIDOCAINE)
    ]
