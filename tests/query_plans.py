"""How PostgreSQL would read what a page asks, and what of that grows with the clinic.

A plan is asked for with costs set so that an index is used wherever one can be: what still reads a table from end to
end has none. Which tables grow is told by those that do not: a new table grows until it stands in ``SMALL``.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from django.apps import apps
from django.db import connection, transaction

#: Tables that stay as small as the catalogue, the staff and the rooms are: nobody adds to them every day.
SMALL_APPS = {"auth", "contenttypes", "catalogue", "operations"}
SMALL = {
    "account_emailaddress",
    "accounts_clinic",
    "accounts_membership",
    "accounts_user",
    "billing_coupon",
    "billing_plansettings",
    "billing_price",
    "billing_pricelist",
    "billing_quotenumber",
    "conditions_condition",
    "conditions_conditionscale",
    "conditions_labtest",
    "conditions_measurementkind",
    "conditions_measurementsite",
    "conditions_photoview",
    "conditions_scalelevel",
    "conditions_severityscale",
    "conditions_zone",
    "core_source",
    "core_tickrun",
    "mfa_authenticator",
    "outbox_outboxsettings",
    # Made by the tick: a row for a cocktail, a dose, or a lot that is in use or crossed its line.
    "outcomes_changecell",
    "outcomes_lotalarm",
    "outcomes_lotsignal",
    "outcomes_outcomecell",
    "patients_alerttype",
    "patients_alerttypefactor",
    "patients_alerttypefield",
    "patients_consenttext",
    "patients_factor",
    "patients_factorterm",
    "patients_intakequestion",
    # Few people ever ask for it.
    "patients_erasure",
    "patients_restriction",
    "plans_protocol",
    "recalls_recallcase",
    "recalls_recalllot",
    "response_cohortcell",
    "response_reviewrule",
    "schedule_bookingsettings",
    "schedule_break",
    "schedule_calendarfeed",
    "schedule_holiday",
    "schedule_room",
    "schedule_workinghours",
    "treatment_sessions_adverseeffect",
    "treatment_sessions_checklistitem",
    "waiting_waitingsettings",
}
#: One value of these stands in a large part of a table: no list ends because of them.
_WIDE = re.compile(
    r"^(clinic_id|status|kind|purpose|did|decision|at|is_\w+|\w*_?by_id|clinician_id|room_id)$"
)
#: The planner is told that what grows has so many rows, that most columns tell rows apart, and that what may be
#: empty mostly is. It is rolled back with what the test built.
_ROWS, _ROWS_OF_SMALL = 1_000_000, 200
_FULL_TABLES = """
    WITH grows AS (SELECT c.oid FROM pg_class c WHERE oid::regclass::text = ANY(%s)),
    one AS (SELECT oid FROM grows UNION ALL SELECT i.indexrelid FROM pg_index i JOIN grows ON grows.oid = i.indrelid)
    UPDATE pg_class c SET relpages = greatest(1, pg_relation_size(c.oid) / 8192), reltuples = %s
    FROM one WHERE one.oid = c.oid
"""
#: Tables without a page. Whether one has a page depends on which tests ran before, and a table without one is empty to
#: the planner whatever it is told.
_WITHOUT_PAGE = """
    SELECT oid::regclass::text FROM pg_class
    WHERE oid::regclass::text = ANY(%s) AND relkind = 'r' AND pg_relation_size(oid) = 0 ORDER BY 1
"""
#: For one row of nothing: it is rolled back at once, the page stays.
_TAKES_NOTHING = (
    "SET LOCAL session_replication_role = replica",
    "UPDATE pg_class SET relchecks = 0, relispartition = false WHERE oid = %s::regclass",
    "UPDATE pg_attribute SET attnotnull = false, attidentity = '' WHERE attrelid = %s::regclass AND attnum > 0",
)
_PARTS = """
    SELECT inhrelid::regclass::text, inhparent::regclass::text
    FROM pg_inherits JOIN pg_class part ON part.oid = inhrelid AND part.relkind = 'r'
    WHERE inhparent::regclass::text = ANY(%s)
"""
_FULL_COLUMNS = """
    SELECT count(pg_restore_attribute_stats(
        'schemaname', 'public', 'relname', c.relname::text, 'attname', a.attname::text, 'inherited', false,
        'null_frac', (CASE WHEN a.attnotnull THEN 0 ELSE 0.9 END)::real, 'avg_width', 8,
        'n_distinct', (CASE WHEN a.attname::text ~ %s THEN 5 ELSE -0.2 END)::real))
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.oid::regclass::text = ANY(%s)
"""
#: So that nothing but an index, if there is one, is cheap, and that rows count and not pages: how many pages a table has
#: depends on which tests ran before.
_COSTS = {
    "seq_page_cost": "0",
    "random_page_cost": "0",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "enable_material": "off",
    "enable_memoize": "off",
    "jit": "off",
    # As at a clinic; the tests' own server joins in the order that is written.
    "join_collapse_limit": "8",
}


_SET_COSTS = f"SELECT {', '.join(['set_config(%s, %s, true)'] * len(_COSTS))}"

#: A row in one of these has work before it: what is in them is what a clinic has in hand, not what it ever had.
_IN_HAND = {
    "billing_invoice": {"issued"},
    "billing_quote": {"draft", "issued"},
    "outbox_message": {"queued", "failed", "unsure"},
    "plans_treatmentplan": {"draft", "quoted", "accepted", "active", "paused", "changing"},
    "treatment_sessions_treatmentsession": {"draft"},
}
#: From an instant on, these stand in the time to come, which no clinic has much of.
_AHEAD = {"starts_at", "ends_at", "until", "expires_at", "expires_on"}

_OVERDUE = (
    "what is overdue is worked out from all agreed quotes of a clinic (docs/performance.md, What is left)"
)
_PAIRS = "a pair to score is drawn from all pictures of those who agreed to it"
#: What grows and stays so for now: page and table, and why.
GROWS_KNOWINGLY = {
    (
        "billing:day_close",
        "billing_payment",
    ): "the till asks for the payments since its last close: a day of them",
    ("menu_badges", "billing_allowance"): _OVERDUE,
    ("menu_badges", "billing_invoice"): _OVERDUE,
    ("menu_badges", "billing_quote"): _OVERDUE,
    ("outcomes:clinical", "outcomes_sidecomparison"): "every comparison of two sides counts for the answer",
    (
        "patients:list",
        "patients_patient",
    ): "from the newest back to those of one clinic: nearly each is wanted",
    ("privacy:record", "core_autosave"): "drafts that nobody sent: they are kept for days",
    ("response:scoring", "conditions_photograph"): _PAIRS,
    ("response:scoring", "patients_consent"): _PAIRS,
    ("schedule:to_book", "plans_treatmentplan"): "a page of the plans in hand by key",
    ("today", "patients_toldintake"): "an index of those that nobody has confirmed yet: for days each",
    ("waiting:waiting", "waiting_offer"): "an index of offers that stand: for some hours each",
}


@dataclass(frozen=True, slots=True, order=True)
class Growth:
    """What of a statement grows with the clinic.

    ``code``: "scan" (a table or an index from end to end), "unbounded" (all rows of a clinic, a person or a state,
    without LIMIT) or "offset". ``by``: the index and what it is asked for.
    """

    code: str
    table: str
    by: str
    statement: str


def growing_tables() -> set[str]:
    """Every table that gets longer with every patient, visit or day."""
    models = [model for model in apps.get_models() if model._meta.managed and not model._meta.proxy]
    return {
        model._meta.db_table
        for model in models
        if model._meta.app_label not in SMALL_APPS and model._meta.db_table not in SMALL
    }


def without_values(sql: str) -> str:
    """The statement as it is for any patient: told apart from others by its shape only."""
    sql = re.sub(r"'(?:[^']|'')*'", "?", sql)
    sql = re.sub(r"\b\d+(?:\.\d+)?\b", "?", sql)
    return re.sub(r"\?(?:, \?)+", "?", sql)


def reading_statements(statements: Iterable[str]) -> dict[str, str]:
    """One statement of each shape that reads, by its shape."""
    return {without_values(sql): sql for sql in statements if sql.startswith(("SELECT", "WITH"))}


class PlanReader:
    """Asks for plans and says what of them grows. Made once for many statements: it asks first which indexes are partial."""

    def __init__(self) -> None:
        #: What grows, and which table it is a part of: the log lies in one table a month.
        self.growing = {table: table for table in growing_tables()}
        #: What was found of each shape of statement so far.
        self._explained: dict[str, set[Growth]] = {}
        with connection.cursor() as cursor:
            cursor.execute(_PARTS, [list(self.growing)])
            self.growing |= dict(cursor.fetchall())
            cursor.execute(
                "SELECT indexrelid::regclass::text FROM pg_index WHERE indpred IS NOT NULL"
                " AND indrelid::regclass::text = ANY(%s)",
                [list(self.growing)],
            )
            self.partial = {name.strip('"') for (name,) in cursor.fetchall()}
            small = [model._meta.db_table for model in apps.get_models() if model._meta.managed]
            small = [table for table in small if table not in self.growing]
            cursor.execute(_WITHOUT_PAGE, [[*self.growing, *small]])
            for (table,) in cursor.fetchall():
                _give_a_page(table)
            # What is small is said too, and what ANALYZE once found is forgotten: both depend on which tests ran before.
            cursor.execute("DELETE FROM pg_statistic WHERE starelid >= 16384")
            for tables, rows in ((list(self.growing), _ROWS), (small, _ROWS_OF_SMALL)):
                cursor.execute(_FULL_TABLES, [tables, rows])
                cursor.execute(_FULL_COLUMNS, [_WIDE.pattern, tables])

    def growth_of(self, sql: str) -> set[Growth]:
        """What of this SELECT grows with the clinic. One EXPLAIN."""
        beginning = without_values(sql)[:160]
        found = {
            Growth(code, table, by, beginning)
            for code, table, by in self._growing_scans(self._plan_of(sql), has_limit=False)
        }
        if re.search(r"\bOFFSET\s+(?!0\b)", sql):
            found.add(Growth("offset", "", "", beginning))
        return found

    def growth_of_all(self, statements: Mapping[str, str]) -> frozenset[Growth]:
        """What of those that read (``reading_statements``) grows. One EXPLAIN for each shape that was not seen before."""
        found: set[Growth] = set()
        for shape, sql in statements.items():
            if shape not in self._explained:
                self._explained[shape] = self.growth_of(sql)
            found |= self._explained[shape]
        return frozenset(found)

    def _plan_of(self, sql: str) -> dict:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_SET_COSTS, [text for pair in _COSTS.items() for text in pair])
            cursor.execute("EXPLAIN (FORMAT JSON, COSTS OFF, VERBOSE) " + sql.replace("%", "%%"), [])
            (told,) = cursor.fetchone()
            transaction.set_rollback(True)
        return (json.loads(told) if isinstance(told, str) else told)[0]["Plan"]

    def _growing_scans(self, node: dict, *, has_limit: bool) -> Iterator[tuple[str, str, str]]:
        """Each scan that reads more of a table the longer it gets."""
        kind, table = node["Node Type"], node.get("Relation Name", "")
        if table in self.growing and kind != "ModifyTable":
            table = self.growing[table]
            names, cond = _indexes_and_conditions(node)
            by = f"{' '.join(names) or kind}: {without_values(cond)}"
            if not cond:
                if not (has_limit and _is_only_of_a_clinic(node.get("Filter", ""))):
                    yield "scan", table, by
            elif not has_limit and not self._ends_by_itself(table, names, cond):
                yield "unbounded", table, by
        for child in node.get("Plans", ()):
            yield from self._growing_scans(child, has_limit=_limit_holds_below(node, child, has_limit))

    def _ends_by_itself(self, table: str, names: list[str], cond: str) -> bool:
        """Whether the rows of such a condition stay few: of one patient, one course, one day, in hand, or to come."""
        if names and self.partial.issuperset(names):
            return True
        for column, values in re.findall(
            r"\(?\b(\w+)\"?\)?(?:::\w+)? (?:=|@>|~>=~|&&) (.*?)(?:\) AND|$)", cond
        ):
            if not _WIDE.match(column) and values != "NULL":
                return True
            if column == "status" and set(re.findall(r"\w+", values)) & _IN_HAND.get(table, set()):
                return True
        low = set(re.findall(r"\b(\w+) >=? ", cond))
        high = set(re.findall(r"\b(\w+) <=? ", cond))
        return bool(low & high or low & _AHEAD)


def _give_a_page(table: str) -> None:
    """Lets the file of a table have a page, as if a row had been in it."""
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in _TAKES_NOTHING:
            cursor.execute(statement, [table] if "%s" in statement else None)
        cursor.execute(f"INSERT INTO {table} DEFAULT VALUES")
        transaction.set_rollback(True)


def _is_only_of_a_clinic(filtered: str) -> bool:
    """Whether every few rows that are passed one is wanted: the newest rows of one of a few clinics."""
    return set(re.findall(r"\.(\w+)", filtered)) <= {"clinic_id"}


def _limit_holds_below(node: dict, child: dict, has_limit: bool) -> bool:
    """Whether this child is read no further than a LIMIT above it asks, or than the first row."""
    name = child.get("Subplan Name")
    if name is not None and child.get("Parent Relationship") in ("SubPlan", "InitPlan"):
        return f"EXISTS({name})" in json.dumps(node)
    if node["Node Type"] == "Limit":
        return True
    if node["Node Type"] in ("Sort", "Aggregate", "Hash", "WindowAgg", "Incremental Sort"):
        return False
    return has_limit


def _indexes_and_conditions(node: dict) -> tuple[list[str], str]:
    """The indexes by which a node reads its table, and what they are asked for."""
    names = [node["Index Name"]] if "Index Name" in node else []
    conditions = [node.get("Index Cond", "")]
    if node["Node Type"] in ("Bitmap Heap Scan", "BitmapOr", "BitmapAnd"):
        for child in node.get("Plans", ()):
            more, cond = _indexes_and_conditions(child)
            names, conditions = names + more, [*conditions, cond]
    return names, " ".join(filter(None, conditions))
