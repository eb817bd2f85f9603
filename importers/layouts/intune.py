"""Files from Microsoft Intune: device exports (portal, export job, reports) and corporate identifiers.

What Intune observes (OS version, compliance, last check-in, names) comes from the sync; a file of it is read for
matching and preview. It may set only what identifies a device, so that a council without Graph access can begin.
"""

from importers.layout import Foreign, Layout

_SETS = frozenset({"serial", "imei", "eid", "model", "kind"})

_NOT_READ = (
    *("Manufacturer", "Wi-Fi MAC", "WifiMacAddress"),
    *("EAS activation ID", "EAS activated", "Last EAS sync time", "EAS reason", "EAS status", "EasID"),
    *("EasActivationStatus", "EasLastSyncSuccessUtc", "EasStateReason", "EasAccessState", "EasActivationStatusString"),
    *("Compliance grace period expiration", "InGracePeriodUntil", "Security patch level", "AndroidPatchLevel"),
    *("Free storage", "StorageFree", "Management name", "ManagedDeviceName", "UserId", "WiFiIPv4Address"),
    *("WiFiSubnetID", "Managed by", "ManagedBy", "ManagementAgent", "ManagementAgents", "SkuFamily", "JoinType"),
    *("Jailbroken", "CellularTechnology", "ProcessorArchitecture", "SystemManagementBIOSVersion"),
    *("TPMManufacturerId", "TPMManufacturerVersion", "PartnerFeaturesBitmask", "CertExpirationDate", "IsManaged"),
    *("ProductName", "Management certificate expiration date", "Microsoft Entra registered", "Azure AD registered"),
    *("GraphDeviceIsManaged", "Intune registered", "DeviceRegistrationState", "ClientRegistrationStatus"),
    *("CategoryId", "MDMStatus", "OSDescription", "SCCMCoManagementFeatures", "MDMWinsOverGPStartTime"),
    *("StagedDeviceType", "UserApprovedEnrollment", "ExtendedProperties", "EntitySource", "RetireAfterDatetime"),
    *("PartnerDeviceId", "HasUnlockToken", "SupervisedStatusString", "EncryptionStatusString", "LastLoggedOnUserUPN"),
    *("DeviceHealthThreatLevel", "Device state", "DeviceState", "ManagementState", "Category", "CategoryName"),
    *("EnrollmentType", "PrimaryUser", "UserEmail", "Primary user email address", "EnrolledByUser"),
    *("PhoneNumber_loc", "OwnerType", "CompliantState"),
)

_COLUMNS = {
    "intune_id": ("Device ID", "DeviceId", "IntuneDeviceId"),
    "serial": ("Serial number", "SerialNumber"),
    "imei": ("IMEI",),
    "meid": ("MEID",),
    "eid": ("EID",),
    "iccid": ("ICCID",),
    "device_name": ("Device name", "DeviceName"),
    "enrolled_at": ("Enrollment date", "CreatedDate", "Enrolment date"),
    "last_seen": ("Last check-in", "LastContact"),
    "entra_device_id": ("Microsoft Entra Device ID", "Azure AD Device ID", "ReferenceId", "AadDeviceId"),
    "os": ("OS", "OS_loc", "DeviceType", "DeviceType_loc"),
    "os_version": ("OS version", "OSVersion"),
    "model": ("Model",),
    "ethernet_mac": ("EthernetMAC", "Ethernet MAC"),
    "carrier": ("Subscriber carrier", "SubscriberCarrierNetwork"),
    "storage_total": ("Total storage", "StorageTotal"),
    "enrolled_upn": ("Primary user UPN", "UPN"),
    "enrolled_name": ("Primary user display name", "UserName"),
    "compliance": ("CompliantState_loc", "ComplianceState_loc", "Compliance", "CompliantState", "ComplianceState"),
    "ownership": ("OwnerType_loc", "Ownership", "OwnerType"),
    "supervised": ("Supervised", "IsSupervised", "SupervisedStatus"),
    "encrypted": ("Encrypted", "IsEncrypted", "EncryptionStatus"),
    "phone_number": ("PhoneNumberE164Format", "Phone number", "PhoneNumber"),
}

DEVICE_EXPORT = Layout(
    key="intune-devices",
    title="Intune device export (portal, or export job DevicesWithInventory, Devices, DeviceCompliance)",
    subject="device",
    columns=_COLUMNS,
    sets=_SETS,
    identity=("intune_id", "serial", "imei"),
    unique=("intune_id",),
    anchors=(
        ("Device ID", "Device name", "Last check-in"),
        ("Device ID", "Device name", "Serial number"),
        ("Device ID", "Device name", "Primary user UPN"),
        ("Device name", "Serial number", "Primary user UPN"),
        ("Device name", "Last check-in", "OS version", "Serial number"),
        ("DeviceId", "DeviceName", "SerialNumber"),
        ("DeviceId", "DeviceName", "LastContact"),
    ),
    ignored=_NOT_READ,
    utc=True,
    confidence="documented",
    note="Headers are documented by Microsoft; the shapes of cell values are not.",
)

CORPORATE_IDENTIFIERS = Layout(
    key="intune-corporate-identifiers",
    title="Intune corporate device identifiers (IMEI or serial, details; no header row)",
    subject="device",
    columns={"imei": (), "serial": (), "notes": ()},
    sets=frozenset({"imei", "serial", "notes"}),
    identity=("serial", "imei"),
    unique=("serial", "imei"),
    positions=("imei_or_serial", "notes"),
    shape=("imei_or_serial", "text"),
    confidence="documented",
)

FOREIGN = (
    Foreign(
        "a list of hardware hashes for Windows Autopilot, which are of laptops; Fleet keeps iPads, iPhones and thin clients",
        (("Device Serial Number", "Windows Product ID", "Hardware Hash"), ("Device Serial Number", "Hardware Hash")),
    ),
)

LAYOUTS = (DEVICE_EXPORT, CORPORATE_IDENTIFIERS)
