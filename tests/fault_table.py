"""The faults that the product must survive, F1 to F58: what is done, what must be seen, and where no test does it, why."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    done: str
    seen: str
    #: What no test tries, and why; "" where the tests try all of it.
    untried: str = ""


FAULTS = {
    "F1": Fault(
        "A web process is killed while it saves, at any moment",
        "Every save that was answered is there, none is half done, and the form may be sent again",
    ),
    "F2": Fault(
        "PostgreSQL stops or crashes in the middle of a request",
        "503 with a page that says what was kept; it works again by itself within 5 s of the database's return",
    ),
    "F3": Fault(
        "All connections are used up",
        "A quick 503, then recovery when one is free; the health page says so",
    ),
    "F4": Fault(
        "The line between web and database is slow or cut, or a table is locked",
        "The statement is given up, all of it is rolled back, and no process hangs for more than 30 s",
    ),
    "F5": Fault(
        "The database's disk is full",
        "Saves are refused with a page that says so, reading goes on; with room again nothing that was answered is missing",
    ),
    "F6": Fault(
        "The disk of the photographs is full",
        "No row without its file and no file without its row; notes are still saved",
    ),
    "F7": Fault(
        "A photograph is saved and its transaction is rolled back",
        "The sweeper names and deletes the file; no page shows a broken picture",
    ),
    "F8": Fault(
        "One form is sent several times at once",
        "One record; the others get the first one's answer",
    ),
    "F9": Fault(
        "Back and send again; reload after sending",
        "A redirect follows each save; an old version is refused and what was typed is kept",
    ),
    "F10": Fault("The same key comes with other content", "Refused, and nothing is stored"),
    "F11": Fault(
        "Two people edit one record",
        "The second sees both versions and chooses; nothing is lost",
        "1,000 pairs: a pair is two browsers, so the suite has a few",
    ),
    "F12": Fault("One person edits in two windows", "As F11"),
    "F13": Fault(
        "The sign-in ends while somebody types",
        "After signing in again the text is there, whole; a draft is its author's alone",
    ),
    "F14": Fault(
        "Somebody is signed out, disabled or loses a role",
        "The next click is refused; it is in the audit log",
    ),
    "F15": Fault(
        "The browser is closed or killed while a session is charted", "A draft ten seconds old at most"
    ),
    "F16": Fault(
        "The browser is offline",
        "The page says that nothing is saved, keeps what is entered, and sends it once, with the same key",
    ),
    "F17": Fault(
        "The server answers after the browser gave up", "The form sent again gets the stored answer"
    ),
    "F18": Fault(
        "The clock of the server jumps, by an hour or a day",
        "It is noticed; the audit log is in the order of its numbers; no sign-in lasts for ever",
    ),
    "F19": Fault(
        "The night an hour is skipped or comes twice",
        "A time that does not exist is explained, one that comes twice is told apart, the day has 23 or 25 hours",
    ),
    "F20": Fault("A clinic changes its time zone", "Visits keep their instant"),
    "F21": Fault(
        "Many book the same clinician, room or patient at once",
        "One wins each time; the others are told and are offered other times",
        "a device: there are none in the calendar",
    ),
    "F22": Fault("A visit is moved and cancelled at the same time", "One outcome, and both are told"),
    "F23": Fault(
        "Many want the last of a vial",
        "It is given once, stock is never below zero, the mix and its stock are one transaction",
        "200 clients on 10 units: sessions are signed by a few people",
    ),
    "F24": Fault(
        "A lot expires between planning and session",
        "Refused, and another lot is proposed; what was given already is recorded and marked",
    ),
    "F25": Fault("An opened vial is past its time", "As F24"),
    "F26": Fault(
        "A recall is entered while a session is open",
        "The open session is told, and again when it is saved; the list of patients is whole; signed sessions are marked, not changed",
    ),
    "F27": Fault("An allergy is learnt after the cocktail was planned", "It is checked again at the session"),
    "F28": Fault("A recall names its lots in sentences", "Pasted and chosen from; A1 is never taken for A10"),
    "F29": Fault(
        "A file of 200 MB, or a slow upload",
        "Refused early without filling memory or disk; others go on",
        "a slow client: nginx takes the whole request before the application hears of it",
    ),
    "F30": Fault("A picture that is a bomb", "Refused at once, in little memory"),
    "F31": Fault(
        "SVG or HTML with a script, a file of two kinds, a wrong name",
        "Refused or written anew; never served as it was sent",
    ),
    "F32": Fault(
        "HEIC, turned pictures, places and serial numbers in EXIF",
        "Shown upright; no place, serial number or owner in any served file",
    ),
    "F33": Fault(
        "One bad row in a long list",
        "Its row and column are named; nothing is imported; a second run makes no doubles",
    ),
    "F34": Fault(
        "A list in another encoding, with other separators, ragged, with two equal headers, with unclear dates",
        "Read right, asked about, or refused with the reason",
    ),
    "F35": Fault("An import is killed half way", "Nothing of it is there, and it may be run again"),
    "F36": Fault(
        "The same people come from two systems",
        "Possible doubles are shown, and never merged silently; a merge may be undone for 14 days",
    ),
    "F37": Fault(
        "A name that a spreadsheet takes for a formula",
        "Neutralised, and unchanged when it is imported again",
    ),
    "F38": Fault(
        "Somebody asks for what is another clinic's, or another role's",
        "404 or 403, at every address of the application",
    ),
    "F39": Fault("A form comes with fields it has not", "They change nothing"),
    "F40": Fault(
        "A session number given by somebody else; a form or a frame on another site",
        "A new number at sign-in; cookies no script reads; a post without its token is refused; no frame",
    ),
    "F41": Fault(
        "Passwords are guessed", "Slowed by account and address; nobody is locked out for ever by a stranger"
    ),
    "F42": Fault(
        "SQL in a search, a filter or a form",
        "It is text",
        "sqlmap against a running server",
    ),
    "F43": Fault("A script in a name, a note or a file", "It is shown as typed and never run"),
    "F44": Fault("A name with code in it is printed", "No file is read and nothing is fetched"),
    "F45": Fault("Line ends in a name that goes into a header or a calendar", "Folded or refused"),
    "F46": Fault("Names of patients in logs, addresses and errors", "None"),
    "F47": Fault(
        "An administrator changes the audit log", "The database refuses; who gets round that is found out"
    ),
    "F48": Fault("A backup is restored into an empty place", "Verified from end to end by one command"),
    "F49": Fault("A backup that is cut short or old", "Restoring stops before anything is touched"),
    "F50": Fault(
        "A migration while people work",
        "It waits for a free moment and holds nobody up; one that fails changes nothing",
    ),
    "F51": Fault("New code with an old schema, and the reverse", "It does not start, and says why"),
    "F52": Fault(
        "The mail server or the carrier of texts is down, or hangs",
        "What was saved is saved; it is tried again, less and less often, and sent once",
    ),
    "F53": Fault(
        "The worker is killed, or two run", "Each message goes out once, or is marked unsure for somebody"
    ),
    "F54": Fault(
        "Memory runs out",
        "The process ends and another takes its place; nothing is lost",
        "a process out of memory is killed by the system, which is F1; systemd's MemoryMax and gunicorn's max_requests bound it",
    ),
    "F55": Fault(
        "Odd text: accents, marks that turn a line, NUL, very long",
        "Kept and shown as it is, or refused with the reason; Núñez is found by nunez",
    ),
    "F56": Fault(
        "Rounding, a changed tax or price", "Sums are right to the cent; an accepted quote never changes"
    ),
    "F57": Fault("A FHIR bundle that is hostile or broken", "Refused with its reasons, and no half patient"),
    "F58": Fault(
        "A patient asks to be forgotten while the record must be kept",
        "Restricted now, erased on its date; the log keeps only the fact",
    ),
}
