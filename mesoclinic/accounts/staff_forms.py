"""What an admin types about somebody of the staff."""

from django import forms

from mesoclinic.accounts.permissions import ROLES, Role

_ROLES = [(role.value, ROLES[role].label) for role in Role]


class RolesForm(forms.Form):
    roles = forms.MultipleChoiceField(
        choices=_ROLES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Roles at this clinic",
        help_text="None: they do not work here any more.",
    )


class InvitationForm(forms.Form):
    title = forms.CharField(max_length=20, required=False, label="Title")
    first_name = forms.CharField(max_length=150, label="First name")
    last_name = forms.CharField(max_length=150, label="Last name")
    username = forms.CharField(max_length=150, label="Signs in as")
    email = forms.EmailField(label="E-mail", help_text="The invitation goes here and holds three days.")
    roles = forms.MultipleChoiceField(
        choices=_ROLES, widget=forms.CheckboxSelectMultiple, label="Roles at this clinic"
    )
