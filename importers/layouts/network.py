"""What the network knows: Active Directory computers, DHCP leases, Entra devices.

Of thin clients they say name, MAC address and the last day; what Intune manages is only compared.
"""

from importers.layout import Layout

AD_COMPUTERS = Layout(
    key="ad-computers",
    title="Active Directory computers (Get-ADComputer | Export-Csv)",
    subject="device",
    columns={
        "device_name": ("Name",),
        "os": ("OperatingSystem",),
        "os_version": ("OperatingSystemVersion",),
        "last_seen": ("LastLogonDate",),
        "account_enabled": ("Enabled",),
    },
    sets=frozenset({"device_name", "last_seen"}),
    is_sighting=True,
    identity=("device_name",),
    unique=("device_name",),
    anchors=(("Name", "DNSHostName"), ("Name", "DistinguishedName", "OperatingSystem"), ("Name", "LastLogonDate")),
    ignored=(
        "DNSHostName",
        "DistinguishedName",
        "ObjectClass",
        "ObjectGUID",
        "SamAccountName",
        "SID",
        "UserPrincipalName",
    ),
    confidence="documented",
)

DHCP_LEASES = Layout(
    key="dhcp-leases",
    title="DHCP leases (Get-DhcpServerv4Lease)",
    subject="device",
    columns={"ethernet_mac": ("ClientId",), "device_name": ("HostName",)},
    sets=frozenset({"device_name", "ethernet_mac"}),
    is_sighting=True,
    identity=("ethernet_mac", "device_name"),
    anchors=(("ClientId", "HostName", "AddressState"), ("IPAddress", "ScopeId", "ClientId")),
    ignored=(
        *("IPAddress", "ScopeId", "AddressState", "LeaseExpiryTime", "ClientType", "Description", "DnsRR", "ServerIP"),
        *("DnsRegistration", "NapCapable", "NapStatus", "PolicyName", "ProbationEnds"),
    ),
    confidence="documented",
)

ENTRA_DEVICES = Layout(
    key="entra-devices",
    title="Entra devices (Download devices)",
    subject="device",
    columns={
        "entra_device_id": ("deviceId",),
        "device_name": ("displayName",),
        "os": ("operatingSystem",),
        "os_version": ("operatingSystemVersion",),
        "enrolled_name": ("registeredOwners",),
        "enrolled_upn": ("userNames",),
        "enrolled_at": ("registrationTime",),
        "last_seen": ("approximateLastSignInDateTime",),
        "model": ("model",),
        "account_enabled": ("accountEnabled",),
    },
    sets=frozenset(),
    is_sighting=True,
    changes_nothing="what Entra says of these devices comes with every night's sync of Intune, newer than any file",
    identity=("entra_device_id",),
    unique=("entra_device_id",),
    anchors=(("displayName", "operatingSystem", "deviceId"), ("displayName", "registeredOwners", "deviceId")),
    ignored=(
        "joinType (trustType)",
        "mdmDisplayName",
        "isCompliant",
        "isManaged",
        "objectId",
        "profileType",
        "systemLabels",
    ),
    utc=True,
    confidence="seen",
)

LAYOUTS = (AD_COMPUTERS, DHCP_LEASES, ENTRA_DEVICES)
