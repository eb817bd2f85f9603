"""Files about people: Entra's user download, and starters and leavers from HR.

People are matched by directory id, user name or employee number, never by name alone.
"""

from importers.layout import Layout

ENTRA_USERS = Layout(
    key="entra-users",
    title="Entra users (Download users)",
    subject="person",
    columns={
        "entra_id": ("id", "objectId"),
        "upn": ("userPrincipalName",),
        "display_name": ("displayName",),
        "given_name": ("givenName",),
        "surname": ("surname",),
        "email": ("mail",),
        "job_title": ("jobTitle",),
        "department": ("department",),
        "office": ("officeLocation", "physicalDeliveryOfficeName"),
        "account_enabled": ("accountEnabled",),
        "employee_number": ("employeeId",),
    },
    sets=frozenset(
        {
            "upn",
            "display_name",
            "given_name",
            "surname",
            "email",
            "job_title",
            "department",
            "office",
            "account_enabled",
            "employee_number",
        }
    ),
    identity=("entra_id", "upn"),
    unique=("entra_id", "upn"),
    anchors=(("userPrincipalName", "displayName", "accountEnabled"), ("userPrincipalName", "displayName", "userType")),
    ignored=(
        *("userType", "usageLocation", "state", "country", "city", "postalCode", "telephoneNumber", "mobilePhone"),
        *("mobile", "alternateEmailAddress", "companyName", "creationType", "directorySynced", "invitationState"),
        *("identityIssuer", "createdDateTime", "authenticationPhoneNumber", "authenticationEmail"),
        *("authenticationAlternativePhoneNumber",),
    ),
    month_first=True,
    utc=True,
    confidence="seen",
)

_HR = {
    "organisation": ("Organisation", "Council", "Authority", "Borough"),
    "employee_number": (
        *("Person Ref.", "Employee Number", "Employee No", "Payroll No", "Payroll Number", "EMPLOYEE_REF", "Staff No"),
        *("Employee reference number", "Employee ID", "Emp No", "Assignment Number", "Person Number", "Pay Ref"),
    ),
    "upn": ("UPN", "User principal name", "Network ID", "Login"),
    "email": ("Email", "E-mail", "Email address", "Work email", "Email Address (Work)"),
    "display_name": ("Full Name", "Name", "Employee Name", "Employee", "Staff Name", "Display Name"),
    "given_name": ("Forename", "First Name", "Forename(s)", "Given Name", "Known As", "Preferred Name"),
    "surname": ("Surname", "Last Name", "Family Name"),
    "job_title": ("Position", "Job Title", "Post Title", "Role", "Post"),
    "team": ("Reporting Unit", "Department", "Team", "Service", "Directorate", "Section", "Division"),
    "site": ("Location", "Site", "Work Location", "Base", "Office"),
    "cost_code": ("Cost Centre", "Cost Code", "COST_CODE", "Cost Center"),
    "manager": ("Manager", "Line Manager", "Reports To", "Supervisor", "Manager Name"),
    "started_on": ("Start Date", "Joining Date", "Date started", "Date of joining", "Hire Date"),
    "left_on": ("Leaving Date", "End Date", "Date left", "Termination Date", "Last Working Day", "Leave Date"),
}

HR_PEOPLE = Layout(
    key="hr-people",
    title="Starters and leavers from HR",
    subject="person",
    columns=_HR,
    sets=frozenset({"employee_number", "started_on", "left_on", "job_title", "team", "site", "manager"}),
    sets_if_new=frozenset({"display_name", "given_name", "surname", "upn", "email"}),
    identity=("employee_number", "upn", "email"),
    unique=("employee_number",),
    anchors=tuple(
        (who, when)
        for who in ("Person Ref.", "Employee Number", "Employee No", "Payroll Number", "EMPLOYEE_REF")
        for when in ("Leaving Date", "Date left", "Start Date", "Date started", "End Date", "Joining Date")
    ),
    ignored=(
        *("School", "Occupancy Start Date", "Position Reference", "Category", "Basis", "Type", "Employee post number"),
        *("Middle name(s) or middle initial(s)", "Post code", "Mobile telephone number", "Leaver indicator"),
        *("Full-time/part-time flag", "FTE", "Contract", "Hours"),
    ),
    confidence="documented",
    note="One public body documents its leavers report; every HR system names columns as the council wishes.",
)

LAYOUTS = (ENTRA_USERS, HR_PEOPLE)
