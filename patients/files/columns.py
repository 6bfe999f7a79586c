"""Which column of a list holds what, guessed from its header."""

from collections.abc import Sequence

from mesoclinic.core.search_text import search_words

#: What a column may hold, in the order of the choices on the page.
FIELDS = {
    "identifier": "Number in the other system",
    "given_names": "Given names",
    "middle_name": "Middle name",
    "family_name": "Family name",
    "full_name": "Full name",
    "preferred_name": "Preferred name",
    "birth_date": "Birth date",
    "died_on": "Died on",
    "sex_at_birth": "Sex at birth",
    "phone": "Phone",
    "other_phone": "Other phone",
    "email": "E-mail",
    "street": "Address",
    "street_2": "Address, 2nd line",
    "street_3": "Address, 3rd line",
    "city": "City",
    "state": "State or county",
    "postcode": "Postcode",
    "country": "Country",
    "language": "Language",
    "emergency_contact_name": "Emergency contact",
    "emergency_contact_phone": "Emergency contact’s phone",
}

# Synthea, OpenEMR, Cliniko, Jeyla Studio, reservation.studio; English, French, German, Spanish.
_WORDS = {
    "identifier": "id, pid, pubpid, patient id, patient number, patient no, client id, client number, customer id, uuid, "
    "mrn, record number, old reference id, external id, numero patient, numero de dossier, no dossier, identifiant, "
    "patientennummer, patientenid, patienten nr, kundennummer, numero de paciente, numero de historia, historia clinica, identificador",
    "given_names": "first, fname, first name, firstname, first names, given name, given names, forename, forenames, "
    "prenom, prenoms, vorname, vornamen, nombre, nombres, nombre de pila",
    "middle_name": "middle, mname, middle name, middlename, middle names, deuxieme prenom, zweiter vorname, segundo nombre",
    "family_name": "last, lname, last name, lastname, last names, surname, family name, familyname, second name, nom, "
    "nom de famille, nachname, familienname, apellido, apellidos",
    "full_name": "name, full name, fullname, patient name, client name, customer name, nom complet, nom et prenom, "
    "nom prenom, vollstandiger name, name vorname, nombre completo, nombre y apellidos, apellidos y nombre, patient",
    "preferred_name": "preferred name, nickname, known as, prenom usuel, nom usuel, rufname, nombre preferido",
    "birth_date": "birthdate, birth date, dob, date of birth, born, born on, birthday, date de naissance, ne le, nee le, "
    "naissance, geburtsdatum, geburtstag, geboren, geboren am, geb datum, fecha de nacimiento, fecha nacimiento, nacimiento",
    "died_on": "deathdate, death date, date of death, deceased date, died, died on, deceased, date de deces, decede le, "
    "deces, todesdatum, sterbedatum, gestorben am, verstorben am, fecha de defuncion, fecha de fallecimiento, defuncion",
    "sex_at_birth": "sex, gender, sex at birth, birth sex, sexe, genre, geschlecht, sexo, genero",
    "phone": "phone, phone number, mobile, mobile phone, mobile number, cell, cell phone, phone cell, telephone, tel, "
    "telephone number, contact number, telephone portable, portable, mobile telephone, numero de telephone, telefon, "
    "telefonnummer, handy, handynummer, mobil, mobiltelefon, telefono, telefono movil, movil, celular, numero de telefono",
    "other_phone": "other phone, phone home, home phone, phone 2, landline, phone biz, work phone, telephone fixe, "
    "telephone domicile, festnetz, telefon privat, telefono fijo, otro telefono",
    "email": "email, e mail, mail, email address, e mail address, courriel, adresse email, adresse e mail, adresse mail, "
    "e mail adresse, emailadresse, correo, correo electronico",
    "street": "address, street, street address, address 1, address line 1, street 1, adresse, rue, adresse 1, strasse, "
    "anschrift, strasse und hausnummer, direccion, calle, domicilio",
    "street_2": "address 2, address line 2, street 2, street line 2, adresse 2, complement d adresse, adresszusatz, direccion 2",
    "street_3": "address 3, address line 3, adresse 3, direccion 3",
    "city": "city, town, suburb, ville, commune, stadt, ort, wohnort, ciudad, localidad, poblacion, municipio",
    "state": "state, county, province, region, departement, bundesland, kanton, provincia, estado",
    "postcode": "zip, zip code, zipcode, postal code, post code, postcode, code postal, cp, plz, postleitzahl, codigo postal",
    "country": "country, country code, pays, land, pais",
    "language": "language, preferred language, langue, sprache, idioma",
    "emergency_contact_name": "emergency contact, emergency contact name, contact d urgence, notfallkontakt, contacto de emergencia",
    "emergency_contact_phone": "emergency contact phone, emergency phone, telephone d urgence, notfallnummer, telefono de emergencia",
}


def normalised_header(header: str) -> str:
    """“Date-Of-Birth”, “date_of_birth” and “DATE OF BIRTH” are one."""
    return "".join(search_words(header))


_FIELD_OF = {normalised_header(word): name for name, words in _WORDS.items() for word in words.split(",")}

#: Columns by which a system's list is known, whatever its file is called.
_LAYOUTS = {
    "synthea": ("id", "birthdate", "deathdate", "first", "last", "birthplace"),
    "openemr": ("pid", "pubpid", "fname", "lname", "dob"),
    "cliniko": ("first_name", "last_name", "date_of_birth", "old_reference_id"),
    "jeyla": ("first-name", "last-name", "cell-phone", "other-phone"),
    "reservation.studio": ("first name", "last name", "phone number", "birthdate", "note"),
}


def guess_system_or_empty(header: Sequence[str]) -> str:
    """Whose list this is, or nothing."""
    here = {normalised_header(cell) for cell in header}
    for name, columns in _LAYOUTS.items():
        if {normalised_header(column) for column in columns} <= here:
            return name
    return ""


def guess_column_by_field(header: Sequence[str]) -> dict[str, int]:
    """Field to column. A header that stands twice says nothing: somebody has to choose."""
    plain = [normalised_header(cell) for cell in header]
    found: dict[str, int] = {}
    for column, word in enumerate(plain):
        name = _FIELD_OF.get(word)
        if name and name not in found and plain.count(word) == 1:
            found[name] = column
    if "family_name" in found:
        found.pop("full_name", None)
    elif "given_names" in found and "full_name" in found:
        # “Vorname; Name”, “Prénom; Nom”: the name beside a given name is the family's.
        found["family_name"] = found.pop("full_name")
    return dict(sorted(found.items(), key=lambda pair: pair[1]))
