"""Every form is answered once however often it is sent, but those that are named here."""

import inspect

from tests.test_architecture import ALL_OUR_PAGES

#: They only look, or keep one row however often they are sent.
SENT_MORE_THAN_ONCE = {
    *(
        "find",
        "autosave",
        "patients:list",
        "schedule:new",
        "schedule:visit",
        "schedule:visit_time",
        "patient_link",
        "patient_link_part",
    ),
    *("conditions:photo_take", "conditions:photo_points", "cocktails:start", "cocktails:check"),
    *("conditions:hair_count", "conditions:phone"),
    *("cocktails:find_product", "sessions:session", "sessions:keep", "sessions:scan", "sessions:safety"),
    *("sessions:relief", "sessions:amounts", "session_unlock", "access_log_check", "inbox_open"),
    "privacy:privacy",
    # A choice said twice is one; what a provider tells twice counts once.
    *("message_choices", "outbox:report_twilio", "outbox:report_vonage"),
    *("billing:payment_told", "billing:made_up_checkout"),
}


def test_every_other_form_is_answered_once_with_a_key_bound_to_its_content():
    takes_forms = {
        name for name, each in ALL_OUR_PAGES if "POST" in inspect.getsource(inspect.unwrap(each.callback))
    }
    once = {name for name, each in ALL_OUR_PAGES if getattr(each.callback, "answers_once", False)}

    assert takes_forms - once == SENT_MORE_THAN_ONCE
