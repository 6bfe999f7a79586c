"""The staff page: invite, roles, disable, unlock, reset, sign out; each is in the log, and an admin stays."""

from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from mesoclinic.accounts import sign_in_tries
from mesoclinic.accounts.models import Membership, SignIn, User
from mesoclinic.core.models import AuditEvent
from tests import factories
from tests.conftest import signed_in

PASSWORD = "a long made-up password"


def login(client, person, password=PASSWORD):
    return client.post(reverse("account_login"), {"login": person.username, "password": password})


@pytest.fixture
def marco(clinic):
    person = factories.UserFactory(
        username="marco", roles=["clinician"], clinic=clinic, email="marco@example.com", last_name="Rinaldi"
    )
    person.set_password(PASSWORD)
    person.save()
    return person


def post(client, name, *args, **data):
    return client.post(reverse(name, args=args), data, follow=True)


def done(person) -> list[str]:
    """What the log says was done to this person by somebody."""
    rows = AuditEvent.objects.filter(subject_type="accounts.user", subject_id=str(person.pk))
    return list(rows.exclude(by=None).order_by("pk").values_list("did", flat=True))


@pytest.mark.django_db
def test_only_an_admin_opens_the_staff_pages(as_clinician, as_front_desk, as_admin, marco):
    for client, status in ((as_clinician, 403), (as_front_desk, 403), (as_admin, 200)):
        for url in (reverse("staff"), reverse("staff_invite"), reverse("staff_person", args=[marco.pk])):
            assert client.get(url).status_code == status


@pytest.mark.django_db
def test_the_list_says_roles_and_states(as_admin, marco, clinic, settings):
    settings.SECOND_FACTOR_ROLES = ["admin", "clinician"]
    TOTP.activate(User.objects.get(memberships__roles__contains=["admin"]), generate_totp_secret())
    factories.UserFactory(roles=["front_desk"], clinic=clinic, is_active=False, last_name="Novak")
    factories.UserFactory(roles=["front_desk"], last_name="Elsewhere")

    page = as_admin.get(reverse("staff"))

    assert {row.person.last_name: row.state for row in page.context["rows"]} == {
        "Berg": "active",
        "Rinaldi": "must switch on",
        "Novak": "disabled",
    }


@pytest.mark.django_db(transaction=True)
def test_an_invited_person_sets_a_password_by_the_letter_and_signs_in(as_admin, clinic, mailoutbox):
    post(
        as_admin,
        "staff_invite",
        first_name="Rui",
        last_name="Falcão",
        username="rui",
        email="rui@example.com",
        roles=["clinician", "admin"],
    )
    rui = User.objects.get(username="rui")
    assert rui.memberships.get().roles == ["clinician", "admin"]
    assert login(Client(), rui, "").status_code == 200
    link = next(word for word in mailoutbox[0].body.split() if word.startswith("http"))
    client = Client()
    form = client.get(link.split("8000", 1)[1], follow=True)
    client.post(form.request["PATH_INFO"], {"password1": PASSWORD, "password2": PASSWORD})

    assert login(Client(), rui).status_code == 302
    rui.refresh_from_db()
    assert rui.invited_at is None
    assert done(rui) == ["staff.added", "staff.invited", "staff.password_set", "staff.signed_in"]


@pytest.mark.django_db
def test_an_address_that_is_taken_is_said_at_its_field(as_admin, marco):
    said = as_admin.post(
        reverse("staff_invite"),
        {
            "first_name": "M",
            "last_name": "R",
            "username": "m2",
            "email": "MARCO@example.com",
            "roles": ["admin"],
        },
    )

    assert said.status_code == 422
    assert "email" in said.context["form"].errors


@pytest.mark.fault("F14")
@pytest.mark.django_db
def test_roles_change_at_this_clinic_only(as_admin, marco, clinic):
    elsewhere = factories.MembershipFactory(user=marco, roles=["front_desk"])

    post(as_admin, "staff_person", marco.pk, roles=["clinician", "cosmetologist"])

    assert Membership.objects.get(user=marco, clinic=clinic).roles == ["clinician", "cosmetologist"]
    elsewhere.refresh_from_db()
    assert elsewhere.roles == ["front_desk"]
    assert done(marco) == ["staff.roles_changed"]


@pytest.mark.django_db
def test_nobody_takes_away_their_own_role_as_admin(as_admin, admin):
    said = as_admin.post(reverse("staff_person", args=[admin.pk]), {"roles": ["clinician"]})

    assert said.status_code == 422
    assert admin.memberships.get().roles == ["admin"]


@pytest.mark.django_db
def test_somebody_of_another_clinic_is_not_found(as_admin):
    stranger = factories.UserFactory(roles=["clinician"])

    for name in ("staff_disable", "staff_unlock", "staff_reset_factor", "staff_letter"):
        assert as_admin.post(reverse(name, args=[stranger.pk])).status_code == 404
    assert as_admin.get(reverse("staff_person", args=[stranger.pk])).status_code == 404


@pytest.mark.django_db
def test_the_visits_to_come_are_shown_before_somebody_is_disabled(as_admin, marco, clinic):
    soon = timezone.now() + timedelta(days=2)
    visit = factories.AppointmentFactory(clinician=marco, clinic=clinic, starts_at=soon)

    page = as_admin.get(reverse("staff_person", args=[marco.pk]))

    assert list(page.context["visits"]) == [visit]
    assert visit.patient.record_number in page.content.decode()


@pytest.mark.fault("F14")
@pytest.mark.django_db
def test_who_is_disabled_is_out_at_once_and_may_come_back(as_admin, marco):
    inside = Client()
    login(inside, marco)
    assert inside.get(reverse("today")).status_code == 200

    post(as_admin, "staff_disable", marco.pk)

    assert inside.get(reverse("today")).status_code == 302
    assert (
        login(Client(), marco).status_code != 200
        or not login(Client(), marco).wsgi_request.user.is_authenticated
    )
    assert SignIn.objects.get(user=marco).ended_at is not None
    post(as_admin, "staff_enable", marco.pk)
    assert login(Client(), marco)["Location"] == reverse("today")
    assert [did for did in done(marco) if "signed" not in did] == ["staff.disabled", "staff.enabled"]


@pytest.mark.django_db
def test_nobody_disables_themselves(as_admin, admin):
    post(as_admin, "staff_disable", admin.pk)

    admin.refresh_from_db()
    assert admin.is_active


@pytest.mark.django_db
def test_an_admin_unlocks_an_account(as_admin, marco):
    for _ in range(sign_in_tries.MOST_AT_ONE_PLACE):
        login(Client(), marco, "wrong")
    assert login(Client(), marco).status_code == 429
    assert [row.state for row in as_admin.get(reverse("staff")).context["rows"] if row.person == marco] == [
        "locked"
    ]

    post(as_admin, "staff_unlock", marco.pk)

    assert login(Client(), marco).status_code == 302
    assert "staff.unlocked" in done(marco)


@pytest.mark.django_db(transaction=True)
def test_a_reset_second_factor_signs_out_everywhere_and_tells_the_person(as_admin, marco, mailoutbox):
    inside = Client()
    login(inside, marco)
    TOTP.activate(marco, generate_totp_secret())

    post(as_admin, "staff_reset_factor", marco.pk)

    assert not Authenticator.objects.filter(user=marco).exists()
    assert inside.get(reverse("today")).status_code == 302
    assert [mail.to for mail in mailoutbox] == [["marco@example.com"]]
    assert "staff.second_factor_reset" in done(marco)


@pytest.mark.django_db
def test_nobody_resets_their_own_second_factor(as_admin, admin):
    TOTP.activate(admin, generate_totp_secret())

    post(as_admin, "staff_reset_factor", admin.pk)

    assert Authenticator.objects.filter(user=admin).exists()


@pytest.mark.fault("F14")
@pytest.mark.django_db
def test_one_session_is_ended_and_the_other_goes_on(as_admin, marco):
    tablet, phone = Client(), Client()
    login(tablet, marco)
    first = SignIn.objects.get(user=marco)
    login(phone, marco)

    post(as_admin, "staff_sign_out", marco.pk, first.pk)

    assert tablet.get(reverse("today")).status_code == 302
    assert phone.get(reverse("today")).status_code == 200
    page = as_admin.get(reverse("staff_person", args=[marco.pk]))
    assert len(page.context["sign_ins"]) == 1
    assert "staff.signed_out" in done(marco)


@pytest.mark.django_db
def test_another_admin_takes_the_role_away_but_not_the_last_one(admin, clinic):
    other = factories.UserFactory(roles=["admin"], clinic=clinic)

    post(signed_in(other), "staff_person", admin.pk, roles=["front_desk"])

    assert admin.memberships.get().roles == ["front_desk"]
    assert signed_in(other).post(reverse("staff_person", args=[other.pk]), {"roles": []}).status_code == 422


def listed(client, **asked):
    return [row.person.last_name for row in client.get(reverse("staff"), asked).context["rows"]]


@pytest.mark.django_db
def test_the_list_is_filtered_by_state_clinic_and_words(as_admin, admin, marco, clinic):
    elsewhere = factories.MembershipFactory(user=admin, roles=["admin"]).clinic
    factories.UserFactory(
        roles=["front_desk"], clinic=elsewhere, last_name="Duarte", email="ines@example.com"
    )
    factories.UserFactory(roles=["front_desk"], clinic=clinic, is_active=False, last_name="Novak")
    factories.UserFactory(roles=["front_desk"], last_name="Of a third clinic")

    assert listed(as_admin) == ["Berg", "Duarte", "Novak", "Rinaldi"]
    assert listed(as_admin, clinic=elsewhere.pk) == ["Berg", "Duarte"]
    assert listed(as_admin, state="disabled") == ["Novak"]
    assert listed(as_admin, state="without") == ["Berg", "Duarte", "Rinaldi"]
    assert listed(as_admin, q="INES@ duarte") == ["Duarte"]
    assert listed(as_admin, state="no such", clinic="x") == ["Berg", "Duarte", "Novak", "Rinaldi"]


@pytest.mark.django_db
def test_the_filtered_list_is_a_file_and_taking_it_out_is_in_the_log(as_admin, marco):
    marco.first_name = "=cmd()"
    marco.save()

    file = as_admin.get(reverse("staff_csv"), {"q": "rinaldi"}).content.decode()

    assert "marco@example.com" in file
    assert "'=cmd() Rinaldi" in file
    assert "Berg" not in file
    assert AuditEvent.objects.get(did="staff.exported").data == {"rows": 1}


@pytest.mark.django_db
def test_a_locked_account_says_until_when_and_an_invitation_until_which_day(admin, marco, clinic):
    noon = timezone.now().replace(hour=12, minute=0, second=30)
    invited = factories.UserFactory(roles=["clinician"], clinic=clinic, last_name="Falcão", invited_at=noon)
    with time_machine.travel(noon, tick=False):
        login(Client(), marco, "wrong")
    with time_machine.travel(noon + timedelta(minutes=3), tick=False):
        for _ in range(sign_in_tries.MOST_AT_ONE_PLACE - 1):
            login(Client(), marco, "wrong")
        # Signed in then: noon may be hours from now, and nobody stays signed in idle for so long.
        rows = {row.person: row for row in signed_in(admin).get(reverse("staff")).context["rows"]}
        with timezone.override(clinic.zone):
            # The first of the five is forgotten first.
            until = timezone.localtime(noon.replace(second=0) + sign_in_tries.WINDOW)
            assert rows[marco].state_text == f"locked until {until:%-H:%M}"
            assert (
                rows[invited].state_text
                == f"invited to {timezone.localtime(noon + timedelta(days=3)):%-d %b}"
            )
    with time_machine.travel(until - timedelta(seconds=1), tick=False):
        assert login(Client(), marco).status_code == 429
    with time_machine.travel(until, tick=False):
        assert login(Client(), marco).status_code == 302


@pytest.mark.django_db
def test_who_is_chosen_in_the_list_stands_beside_it_with_what_can_be_done(as_admin, marco, clinic):
    TOTP.activate(marco, generate_totp_secret())
    login(Client(), marco)
    factories.WorkingHoursFactory(
        clinic=clinic, clinician=marco, room=factories.RoomFactory(clinic=clinic, name="Room 9")
    )
    factories.CalendarFeedFactory(clinician=marco, label="Phone calendar")
    factories.AppointmentFactory(clinic=clinic, clinician=marco, starts_at=timezone.now() + timedelta(days=3))

    page = as_admin.get(reverse("staff"), {"person": marco.pk})

    panel = page.context["panel"]
    assert (panel.row.person, panel.rooms, panel.visits, len(panel.feeds)) == (marco, ["Room 9"], 1, 1)
    assert panel.factor_since is not None
    for words in (
        "no patient names",
        "1 visit is booked",
        "Reset second factor",
        "Edit roles",
        'aria-current="true"',
    ):
        assert words in page.text, words


@pytest.mark.django_db
def test_who_is_locked_stands_beside_the_list_and_unlocking_leads_back_to_it(as_admin, marco):
    for _ in range(sign_in_tries.MOST_AT_ONE_PLACE):
        login(Client(), marco, "wrong")

    page = as_admin.get(reverse("staff"))
    done = as_admin.post(reverse("staff_unlock", args=[marco.pk]), {"beside_list": "1"})

    assert page.context["panel"].row.person == marco
    assert done.url == f"{reverse('staff')}?person={marco.pk}"
    assert as_admin.get(reverse("staff")).context["panel"] is None


@pytest.mark.django_db
@pytest.mark.parametrize("asked", ["0", "x", "999999999999999999999"])
def test_nobody_stands_beside_the_list_who_does_not_work_here(as_admin, asked):
    elsewhere = factories.UserFactory(roles=["front_desk"], last_name="Elsewhere")

    for person in (asked, elsewhere.pk):
        page = as_admin.get(reverse("staff"), {"person": person})
        assert (page.status_code, page.context["panel"]) == (200, None)
