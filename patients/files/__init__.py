"""Patients from other people's files: read whole, shown by counts, then written in one transaction.

csv_list  a table of people, by columns            → people and wrong rows
fhir      a bundle of a person's record            → people and wrong entries
actions   finds who is here already, writes the rest, says who did it
page      the admin's upload, in steps
"""
