"""A quote on paper and at home: the PDF, the e-mail, and the page that a stranger may open with a code."""

import json
import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.core import mail, signing
from django.core.mail.backends.locmem import EmailBackend
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from mesoclinic.core.models import AuditEvent
from mesoclinic.outbox.link_messages import send_link_message
from mesoclinic.outbox.models import Message
from patients.actions.links import (
    end_link,
    hash_link_code,
    link_address,
    link_of_token_or_none,
    try_link_gate,
)
from patients.models import PatientLink
from tests.treatments.billing.addresses import url
from tests.treatments.billing.test_quote_drafts import at_once, refusal
from treatments.billing.actions.quote_links import create_and_mail_quote_link
from treatments.billing.actions.quotes import decline_quote, issue_quote, replace_draft_quote
from treatments.billing.models import QuoteDocument, QuoteLink
from treatments.billing.queries import documents
from treatments.billing.queries.quotes import quote_with_options_queryset

LANGUAGES = ["en", "fr", "es", "tr", "de", "ar"]
HOSTILE = [
    '#panic("owned")',
    '#read("/etc/passwd")',
    "$ sum_(i=1)^n $ *bold* _it_ <label> @ref \\ // /* */ `raw`",
    "</text><script>alert(1)</script>",
    '"; #import "/x.typ": * //',
    "\N{RIGHT-TO-LEFT OVERRIDE}evil\N{LEFT-TO-RIGHT ISOLATE}",
    "Ana\nMaria\tLópez",
    "Maximiliana-Wilhelmina Konstantina Łucja von und zu Hohenschwangau-Østergård-Nguyễn Þorsteinsdóttir",
    "أميرة بنت عبد الرحمن آل حداد الأنصاري",
    "נועה כהן־לוי",
]


def content_of(quote, language="en"):
    found = quote_with_options_queryset(quote.pk).get()
    return documents.quote_content_to_print(found, documents.prefetched_options_of_quote(found), language)


# --- paper -------------------------------------------------------------------


def test_every_language_says_everything():
    keys = {language: set(words) for language, words in documents.texts_to_print_by_language().items()}

    assert set(keys) == set(LANGUAGES)
    assert all(found == keys["en"] for found in keys.values())
    holes = {
        language: {key: sorted(re.findall(r"\{\w+\}", text)) for key, text in words.items()}
        for language, words in documents.texts_to_print_by_language().items()
    }
    assert all(found == holes["en"] for found in holes.values())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("country", "size"), [("DE", "a4"), ("US", "us-letter")])
def test_a_quote_prints_in_every_language_on_both_papers(issued, clinic, language, country, size):
    clinic.country = country
    clinic.save()

    content = content_of(issued, language)
    pdf = documents.content_as_pdf(content)

    assert content["paper"] == size
    assert content["rtl"] == (language == "ar")
    # A4 is 595.28 by 841.89 points, Letter 612 by 792.
    box = re.search(rb"/MediaBox ?\[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    assert [round(float(n)) for n in box.groups()] == ([595, 842] if size == "a4" else [612, 792])
    assert documents.content_as_pdf(content_of(issued, language)) == pdf


@pytest.mark.fault("F44")
@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_nothing_in_a_name_is_run_and_it_prints_as_typed(issued, patient, name):
    patient.given_names, patient.family_name = "", name[:100]
    patient.save()

    content = content_of(issued, "ar")
    pdf = documents.content_as_pdf(content)

    assert pdf.startswith(b"%PDF-")
    assert content["patient"] == name[:100].strip()
    assert documents.content_as_pdf(content_of(issued, "ar")) == pdf


def test_a_name_with_code_is_not_the_name_without(issued):
    plain = content_of(issued)
    other = plain | {"patient": "#panic()"}

    assert documents.content_as_pdf(other) != documents.content_as_pdf(plain)


@pytest.mark.fault("F55")
def test_marks_that_turn_a_line_are_left_out_of_the_print(issued):
    plain = content_of(issued) | {"patient": "Ana"}
    turned = plain | {"patient": "\N{RIGHT-TO-LEFT OVERRIDE}Ana"}

    assert documents.content_as_pdf(turned) == documents.content_as_pdf(plain)


def test_the_hash_is_that_of_the_bytes_and_they_come_again(issued, as_front_desk):
    document = QuoteDocument.objects.get(quote=issued)

    answer = as_front_desk.get(url("quote_pdf", issued.pk))

    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == f'inline; filename="{issued.number}.pdf"'
    assert documents.sha256_of_pdf(answer.content) == document.sha256
    event = AuditEvent.objects.get(did="quote.issued")
    assert event.data["sha256"] == document.sha256


def test_the_paper_keeps_what_it_said_when_names_change(issued, patient, clinic, as_front_desk):
    before = as_front_desk.get(url("quote_pdf", issued.pk)).content
    patient.family_name = "Married"
    patient.save()
    clinic.name = "Another name"
    clinic.save()

    assert as_front_desk.get(url("quote_pdf", issued.pk)).content == before


def test_a_quote_is_printed_in_the_patients_language(plan, patient, price_list, front_desk):
    patient.language = "fr-CH"
    patient.save()

    issued = issue_quote(quote=replace_draft_quote(plan=plan, by=front_desk), by=front_desk)

    content = QuoteDocument.objects.get(quote=issued).content
    assert (content["lang"], content["title"]) == ("fr", f"Devis {issued.number}")
    start = content["options"][1]
    assert start["course"] == "Séances: 5 · environ (semaines): 10"
    assert start["total"] == "1\xa0890,00\xa0$"


def test_another_language_is_printed_once_and_kept(issued, as_front_desk):
    first = as_front_desk.get(url("quote_pdf", issued.pk) + "?in=de").content
    again = as_front_desk.get(url("quote_pdf", issued.pk) + "?in=de").content

    assert first == again
    assert QuoteDocument.objects.filter(quote=issued, language="de").count() == 1
    assert as_front_desk.get(url("quote_pdf", issued.pk) + "?in=xx").status_code == 200


def test_a_draft_has_no_paper(draft, as_front_desk):
    assert as_front_desk.get(url("quote_pdf", draft.pk)).status_code == 404


# --- the e-mail --------------------------------------------------------------


@pytest.fixture
def send(issued, front_desk):
    def sending_it(to="yuki@example.org", language="en"):
        link, code = create_and_mail_quote_link(quote=issued, to=to, language=language, by=front_desk)
        return link, code

    return sending_it


def posted(link):
    send_link_message.call(link.link.carried_by.message_id)
    return mail.outbox[-1]


def test_the_mail_holds_a_link_and_neither_name_nor_number_nor_code(send, issued, patient):
    link, code = send()

    sent = posted(link)

    assert sent.to == ["yuki@example.org"]
    assert sent.subject == f"Your quote from {issued.clinic.name}"
    whole = f"{sent.subject} {sent.body}"
    for secret in (patient.family_name, patient.given_names, patient.record_number, issued.number, code):
        assert secret not in whole
    assert link_address(link.link) in sent.body


def test_a_mail_is_in_the_language_asked_for_and_goes_once(send, issued):
    link, _ = send(language="de")

    posted(link)
    send_link_message.call(link.link.carried_by.message_id)

    assert len(mail.outbox) == 1
    assert mail.outbox[0].subject == f"Ihr Kostenvoranschlag von {issued.clinic.name}"
    assert Message.objects.get().status == "sent"


def test_a_link_taken_back_is_not_mailed(send, front_desk):
    link, _ = send()
    end_link(link=link.link, by=front_desk)

    send_link_message.call(link.link.carried_by.message_id)

    assert mail.outbox == []
    message = Message.objects.get()
    assert (message.status, message.reason) == ("skipped", "the link was taken back")


class Unreachable(EmailBackend):
    def open(self):
        raise ConnectionRefusedError


@pytest.mark.fault("F52")
def test_a_mail_whose_server_is_not_reached_is_tried_again(send, settings):
    settings.EMAIL_BACKEND = f"{__name__}.Unreachable"
    link, _ = send()
    DBTaskResult.objects.all().delete()

    assert send_link_message.call(link.link.carried_by.message_id) == "queued"

    again = DBTaskResult.objects.get()
    assert again.args_kwargs["args"] == [link.link.carried_by.message_id]
    assert again.run_after > timezone.now()


def test_the_worker_is_asked_in_the_transaction_of_the_sending(issued, front_desk):
    with transaction.atomic():
        create_and_mail_quote_link(quote=issued, to="a@example.org", language="en", by=front_desk)
        assert DBTaskResult.objects.exists()
        transaction.set_rollback(True)

    assert not DBTaskResult.objects.exists()
    assert not QuoteLink.objects.exists()


def test_only_a_quote_that_waits_for_its_answer_is_sent(draft, accepted, front_desk):
    for quote in (draft, accepted):
        refusal(
            lambda q=quote: create_and_mail_quote_link(
                quote=q, to="a@example.org", language="en", by=front_desk
            ),
            "send:not-issued",
        )


# --- at home -----------------------------------------------------------------


def path_of(link):
    return link_address(link.link).removeprefix(settings.SITE_URL)


def types(client, link, code):
    return client.post(path_of(link), {"gate": "1", "code": code})


def test_the_code_opens_the_quote_and_its_paper_for_a_stranger(send, issued, stranger):
    link, code = send()

    gate = stranger.get(path_of(link))
    page = stranger.post(path_of(link), {"gate": "1", "code": f"{code[:3]} {code[3:]}"}, follow=True)
    paper = stranger.get(page.context["pdf"])

    assert gate.status_code == 200
    assert gate["Referrer-Policy"] == "same-origin"
    assert "noindex" in gate["X-Robots-Tag"]
    assert issued.number not in gate.text
    assert issued.number in page.text
    assert paper["Content-Type"] == "application/pdf"
    assert documents.sha256_of_pdf(paper.content) == QuoteDocument.objects.get(quote=issued).sha256
    link.link.refresh_from_db()
    assert (link.link.attempts, bool(link.link.opened_at)) == (0, True)
    assert AuditEvent.objects.get(did="quote.opened").by is None


def test_the_paper_does_not_open_before_the_code(send, stranger):
    link, _ = send()

    answer = stranger.get(path_of(link) + "pdf/")

    assert answer["Content-Type"].startswith("text/html")
    assert answer.context["gate"] == "code"


def test_five_wrong_codes_end_the_link_for_the_right_one_too(send, stranger):
    link, code = send()
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"

    answers = [types(stranger, link, wrong).status_code for _ in range(5)]

    assert answers == [422, 422, 422, 422, 404]
    assert types(stranger, link, code).status_code == 404
    assert stranger.get(path_of(link)).status_code == 404


def test_a_right_code_does_not_forgive_the_wrong_ones(send, stranger):
    link, code = send()
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"

    for _ in range(3):
        types(stranger, link, wrong)
    types(stranger, link, code)

    link.link.refresh_from_db()
    assert link.link.attempts == 3


@pytest.mark.django_db(transaction=True)
def test_tries_at_once_are_no_way_round_the_limit(send):
    link, code = send()
    token = path_of(link).split("/")[-2]
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"

    at_once([lambda: try_link_gate(link_of_token_or_none(token) or link.link, code=wrong)] * 12)

    link.link.refresh_from_db()
    assert link.link.attempts == 5


@pytest.mark.parametrize("end", ["revoked", "declined", "superseded", "sent again"])
def test_a_link_ends(send, issued, plan, front_desk, stranger, end):
    link, code = send()
    assert stranger.get(path_of(link)).status_code == 200

    if end == "revoked":
        end_link(link=link.link, by=front_desk)
    elif end == "declined":
        decline_quote(quote=issued, reason="Too dear", by=front_desk)
    elif end == "superseded":
        again = replace_draft_quote(plan=plan, by=front_desk)
        issue_quote(quote=again, by=front_desk)
    else:
        send()

    assert stranger.get(path_of(link)).status_code == 404
    assert types(stranger, link, code).status_code == 404


def test_a_link_ends_with_the_last_day_of_its_quote(send, issued, clinic):
    link, _ = send()

    local = timezone.localtime(link.link.expires_at, clinic.zone)
    assert local.date() == issued.valid_until + timedelta(days=1)
    assert (local.hour, local.minute) == (0, 0)


@pytest.mark.parametrize(
    "token",
    [
        "nothing",
        signing.Signer(salt="patients.link", sep=".").sign("not-a-uuid"),
        signing.Signer(salt="patients.link", sep=".").sign("7"),
        signing.Signer(salt="another", sep=".").sign("0" * 32),
    ],
    # Signed at import, so each worker has another text: the names must not be made of it.
    ids=["unsigned", "signed word", "signed number", "signed elsewhere"],
)
def test_a_forged_address_says_the_same_as_one_that_ended(db, stranger, token):
    answer = stranger.get(reverse("patient_link", args=[token]))

    assert answer.status_code == 404
    assert "This link no longer works" in answer.text


def test_the_code_is_kept_only_as_a_hash(send):
    link, code = send()

    assert code not in json.dumps(PatientLink.objects.values().get(), default=str)
    assert code not in json.dumps(list(AuditEvent.objects.values("data")))
    assert code not in json.dumps(list(DBTaskResult.objects.values("args_kwargs")))
    assert link.link.code_hash != hash_link_code(code, type(link.link.key)(int=0))


def test_the_database_counts_no_sixth_try(send):
    send()

    with pytest.raises(IntegrityError, match="link_takes_so_many_tries"), transaction.atomic():
        connection.cursor().execute("UPDATE patients_patientlink SET attempts = 6")


def test_nobody_posts_to_the_open_page_from_another_site(send):
    link, code = send()
    client = Client(enforce_csrf_checks=True)

    assert types(client, link, code).status_code == 403


def test_the_open_page_speaks_the_patients_language_and_direction(send, stranger):
    link, _ = send(language="ar")

    text = stranger.get(path_of(link)).text

    assert '<html lang="ar" dir="rtl">' in text
    assert "اكتبوا الرمز المكوّن من ستة أرقام" in text


# --- the desk's page ---------------------------------------------------------


def test_quote_send_shows_the_code_once(as_front_desk, issued, patient, once):
    patient.email = "yuki@example.org"
    patient.save()
    page = as_front_desk.get(url("quote", issued.pk))
    assert page.context["send_form"].initial["to"] == "yuki@example.org"

    data = {"to": "yuki@example.org", "language": "fr", "once": once()}
    sent = as_front_desk.post(url("quote_send", issued.pk), data)
    again = as_front_desk.post(url("quote_send", issued.pk), data)

    first = as_front_desk.get(sent.url)
    second = as_front_desk.get(sent.url)
    assert re.search(r'shown once: <b class="price nowrap">\d{6}</b>', first.text)
    assert "Tell the patient this code" not in second.text
    assert not any("code" in key for key in as_front_desk.session.keys())  # noqa: SIM118
    assert (again.url, QuoteLink.objects.count()) == (sent.url, 1)
    assert PatientLink.objects.get().language == "fr"
    assert QuoteDocument.objects.filter(quote=issued, language="fr").exists()


@pytest.mark.parametrize("to", ["", "nobody", "a@b@c", "x" * 300 + "@example.org"])
def test_quote_send_says_at_the_field_what_is_no_address(as_front_desk, issued, once, to):
    answer = as_front_desk.post(url("quote_send", issued.pk), {"to": to, "language": "en", "once": once()})

    assert answer.status_code == 422
    assert "to" in answer.context["send_form"].errors
    assert not QuoteLink.objects.exists()


def test_link_revoke_takes_it_back(as_front_desk, send, once, stranger):
    link, _ = send()

    answer = as_front_desk.post(url("link_revoke", link.pk), {"once": once()})

    assert answer.url == url("quote", link.quote_id)
    assert stranger.get(path_of(link)).status_code == 404


def test_sending_costs_no_more_than_a_page_that_writes_may(as_front_desk, issued, once, count_queries):
    data = {"to": "a@example.org", "language": "en", "once": once()}
    with count_queries() as asked:
        as_front_desk.post(url("quote_send", issued.pk), data)

    # Whether the patient wants such messages is asked too.
    assert len(asked) <= 17
