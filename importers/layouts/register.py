"""The register a council kept before: any spreadsheet of devices, matched by the words people use for columns."""

from importers.layout import Layout

COLUMNS = {
    "serial": (
        *("Serial number", "Serial No", "Serial", "SerialNumber", "S/N", "SN", "Device Serial Number", "Service Tag"),
        *("Device Serial No", "Serial Num", "Serial #", "Device Serial", "iPad Serial", "iPad Serial Number"),
    ),
    "imei": (
        *("IMEI", "IMEI 1", "IMEI Number", "IMEI No", "IMEI/MEID", "Device IMEI", "Primary IMEI", "IMEI #"),
        *("Handset IMEI", "Phone IMEI"),
    ),
    "imei2": ("IMEI 2", "IMEI2", "IMEI (eSIM)", "Secondary IMEI", "Second IMEI"),
    "meid": ("MEID",),
    "eid": ("EID", "eSIM EID", "eUICC ID", "eSIM ID", "eSIM Number"),
    "iccid": (
        *("ICCID", "ICC ID", "ICC", "SIM Number", "SIM No", "SIM Serial", "SIM Serial Number", "SIM", "SIM (ICCID)"),
        *("SIM card number", "SIM Card No", "SIM ICCID", "SIM Card", "SSN"),
    ),
    "phone_number": (
        *("Phone number", "Mobile Number", "Mobile No", "Mobile", "MSISDN", "CTN", "SERVICE_ID_CTN", "CLI"),
        *("Telephone", "Tel No", "Tel", "Cell Phone Number", "Subscriber Number", "Mobile Phone Number", "Number"),
        *("Phone No", "Telephone Number", "PhoneNumberE164Format", "Tel Number", "Contact Number"),
    ),
    "asset_tag": (
        *("Asset Tag", "Asset No", "Asset Number", "Asset ID", "Tag", "Inventory number", "Asset Code", "Barcode"),
        *(
            "Tag No",
            "Tag Number",
            "Asset Ref",
            "Asset Reference",
            "Asset Label",
            "Council Asset No",
            "Asset",
            "Asset #",
        ),
    ),
    "kind": ("Device Type", "Type", "Kind", "Types", "Asset Type", "Category", "Equipment Type", "Hardware Type"),
    "model": (
        *("Model", "Model Name", "Device model", "DeviceModel", "Description", "Product", "Device", "Equipment"),
        *("Make and Model", "Make/Model", "Make & Model", "Item", "Handset", "Item Description", "Hardware"),
    ),
    "status": ("Status", "State", "Asset Status", "Device Status", "Current Status", "Condition/Status"),
    "organisation": ("Organisation", "Council", "Authority", "Borough", "Company", "Entity", "Owner", "Organization"),
    "site": ("Location", "Site", "Building", "Office", "Office Location", "Base", "Work Location", "Work Base"),
    "team": (
        *("Team", "Department", "Service", "Directorate", "Dept", "Service Area", "Section", "Division", "Unit"),
        *("Reporting Unit", "Business Unit", "Dept/Team", "Team Name"),
    ),
    "cost_code": (
        "Cost Code",
        "Cost Centre",
        "Cost Center",
        "CostCenter",
        "Budget Code",
        "GL Code",
        "Cost Centre Code",
    ),
    "holder_upn": (
        *("Email", "E-mail", "Email Address", "UPN", "User principal name", "UserPrincipalName", "User Email"),
        *("Holder UPN", "Assigned To Email", "Checked Out To: Email", "Work Email", "User E-mail", "Mail"),
        *("Holder Email",),
    ),
    "holder_name": (
        *("Assigned To", "User", "User Name", "Name of user", "Issued To", "Allocated To", "Officer", "Employee"),
        *("Full Name", "Staff Name", "Holder", "Current User", "Owner Name", "Employee Name", "Username", "Custodian"),
        *("Staff Member", "Member of staff", "Transferred To", "Assigned User", "Allocated User", "Councillor"),
        *("displayName", "Checked Out To", "Holder Name", "Person", "Recipient"),
    ),
    "employee_number": ("Employee Number", "Employee No", "Payroll No", "Payroll Number", "Staff No", "employeeId"),
    "carrier": (
        "Network",
        "Carrier",
        "Subscriber carrier",
        "Provider",
        "Network Provider",
        "Operator",
        "Mobile Network",
    ),
    "tariff": ("Tariff", "Tariff plan", "Price Plan", "Plan", "Contract Type"),
    "purchased_on": ("Purchase Date", "Purchased", "Date of Purchase", "Date Purchased", "Order Date", "Bought"),
    "delivered_on": ("Delivery Date", "Delivered", "Date Received", "Date Delivered", "Received"),
    "issued_on": (
        "Issue Date",
        "Date Issued",
        "Issued",
        "Issued On",
        "Date Assigned",
        "Checkout Date",
        "Date of Issue",
    ),
    "due_on": ("Due Date", "Return Date", "Due Back", "Expected Checkin Date", "Loan End"),
    "supplier": ("Supplier", "Reseller", "Purchased From", "Supplied By"),
    "order_number": (
        *(
            "Order Number",
            "PO Number",
            "PO No",
            "PO#",
            "PO",
            "PO_NUMBER",
            "Purchase Order",
            "Order No",
            "PURCHASEORDER",
        ),
        *("Purchase Order Number", "Purchase Order No"),
    ),
    "price_pence": (
        "Price",
        "Cost",
        "Purchase Cost",
        "Unit Cost",
        "Purchase Price",
        "Unit Price",
        "Value",
        "Price (£)",
    ),
    "warranty_until": ("Warranty Expires", "Warranty End", "Warranty Expiry", "Warranty Until", "Warranty End Date"),
    "warranty_months": ("Warranty", "Warranty Months", "Warranty Period"),
    "notes": ("Notes", "Comment", "Comments", "Remarks", "Asset Notes", "Note", "Further Information"),
    "device_name": ("Device Name", "Hostname", "Computer Name", "Asset Name", "NetworkName", "Host Name", "PC Name"),
    "os": ("OS", "Operating System", "Platform"),
    "os_version": ("OS version", "iOS Version", "Firmware", "Software Version"),
    "ethernet_mac": ("MAC", "MAC Address", "Ethernet MAC", "Unit ID", "Physical Address", "ethernetMacAddress"),
    "last_seen": ("Last Seen", "Last check-in", "Last Contact", "Lastseen"),
    "compliance": ("Compliance",),
    "enrolled_upn": ("Enrolled user", "Enrolled UPN", "Primary user UPN"),
    "enrolled_at": ("Enrolled", "Enrolled on", "Enrolment date"),
    "ownership": ("Ownership", "Corporate/Personal"),
}
"""Field -> headers, for every layout that people and not programs wrote."""

NOT_KEPT = (
    *("Part Number", "Part No", "Model No", "Model Number", "MPN", "SKU", "Mfr Part"),
    *("Manufacturer", "Make", "Vendor", "Brand", "Manufacturers"),
    *("Wi-Fi MAC", "WiFi MAC", "Wi-Fi MAC Address", "WifiMacAddress", "Wi-Fi Address"),
)
"""Headers of what the register does not keep of a device from files: maker, part number, the address of its radio."""

SETS = frozenset(
    """serial imei imei2 eid asset_tag kind model status organisation site team cost_code holder_upn
    holder_name phone_number iccid carrier purchased_on supplier order_number price_pence warranty_until notes
    ethernet_mac issued_on due_on tariff""".split()  # noqa: SIM905 thirty quoted words read worse
)

DEVICE_REGISTER = Layout(
    key="device-register",
    title="Device register: any spreadsheet with a serial number, IMEI or asset tag per row",
    subject="device",
    columns=COLUMNS,
    sets=SETS,
    identity=("serial", "imei", "imei2", "asset_tag"),
    unique=("serial", "imei", "asset_tag"),
    ignored=(*NOT_KEPT, "No", "Row", "ID", "Line", "IP Address", "IP", "Quantity", "Qty", "Device Image"),
    confidence="guess",
    note="No council publishes its register: the words come from suppliers, other tools and habit.",
)

_PERIOD = ("serial", "imei", "asset_tag", "holder_upn", "holder_name", "organisation")

HOLDER_HISTORY = Layout(
    key="holder-history",
    title="History of holders: one row per device, holder and period",
    subject="custody",
    columns={
        **{field: COLUMNS[field] for field in _PERIOD if field != "holder_name"},
        "holder_name": (*COLUMNS["holder_name"], "Previous User", "Previous Holder", "Past Holder"),
        "issued_on": (*COLUMNS["issued_on"], "From", "Since", "Checked Out On", "Start Date"),
        "returned_on": (
            "Returned",
            "Returned On",
            "Date Returned",
            "Until",
            "To Date",
            "Checked In On",
            "Checkin Date",
        ),
    },
    sets=frozenset({"issued_on", "returned_on", "holder_upn", "holder_name", "organisation"}),
    identity=("serial", "imei", "asset_tag"),
    anchors=tuple(
        (thing, since, until)
        for thing in ("Asset Tag", "Asset No", "Serial number", "Serial No", "Serial", "IMEI")
        for since, until in (
            *(("Issued", "Returned"), ("Issued On", "Returned On"), ("Date Issued", "Date Returned")),
            *(("From", "Until"), ("Checked Out On", "Checked In On"), ("Issue Date", "Returned On")),
        )
    ),
    confidence="guess",
    note="No tool exports it in this form; the page on importing says how to make it from what tools do export.",
)

LAYOUTS = (HOLDER_HISTORY, DEVICE_REGISTER)
