"""SIM and number lists, and the summary of a mobile bill: what each number cost. Itemised calls are refused by the engine."""

from importers.layout import Layout
from importers.layouts.register import COLUMNS

_FIELDS = (
    *("phone_number", "iccid", "carrier", "tariff", "holder_name", "holder_upn", "cost_code", "team", "imei", "serial"),
    *("employee_number", "notes", "eid", "asset_tag", "organisation"),
)
_SETS = frozenset({"phone_number", "iccid", "carrier", "tariff", "cost_code", "line_state", "organisation"})

SIM_LIST = Layout(
    key="sim-list",
    title="SIM or line list: one row per number",
    subject="line",
    columns={
        **{field: COLUMNS[field] for field in _FIELDS},
        "line_state": ("Status", "State", "Line Status", "SIM Status", "Connection Status"),
    },
    sets=_SETS,
    identity=("phone_number", "iccid"),
    unique=("phone_number", "iccid"),
    confidence="guess",
    note="Networks let customers edit most of these columns.",
)

MOBILE_BILL = Layout(
    key="mobile-bill",
    title="Mobile bill, summary by number",
    subject="line",
    columns={
        **{
            field: COLUMNS[field]
            for field in ("phone_number", "holder_name", "cost_code", "tariff", "iccid", "carrier")
        },
        "price_pence": ("Total (ex VAT)", "Total ex VAT", "Total", "Net", "Net Total", "Amount", "Total Charges"),
    },
    sets=frozenset({"price_pence", "carrier", "tariff", "cost_code"}),
    is_bill=True,
    dated_by=(
        "Invoice date",
        "Bill date",
        "Date of bill",
        "Billing date",
        "Statement date",
        "Tax point",
        "Invoice period to",
    ),
    identity=("phone_number",),
    unique=("phone_number",),
    anchors=tuple(
        (number, total)
        for number in ("Mobile Number", "Phone Number", "CTN", "MSISDN", "Subscriber Number")
        for total in ("Total (ex VAT)", "Total ex VAT", "Total Charges", "Net Total")
    ),
    ignored=("VAT", "Total (inc VAT)", "Account", "Account Number", "Usage", "Data (MB)", "Calls", "Texts"),
    confidence="guess",
    note="A UK network documents that it lists reference, charge before VAT and tariff by number; none its columns.",
)

LAYOUTS = (SIM_LIST, MOBILE_BILL)
