"""Files about purchases: Apple Business Manager rows by the names of its API, and suppliers' delivery notes."""

from importers.layout import Layout
from importers.layouts.register import COLUMNS, NOT_KEPT

BUSINESS_MANAGER = Layout(
    key="apple-business-manager",
    title="Apple Business Manager devices (CSV with the names of its API)",
    subject="device",
    columns={
        "serial": ("serialNumber",),
        "imeis": ("imei", "imeis"),
        "eid": ("eid",),
        "model": ("deviceModel",),
        "order_number": ("orderNumber",),
        "purchased_on": ("orderDateTime",),
        "ethernet_mac": ("ethernetMacAddress",),
    },
    sets=frozenset(
        {
            "serial",
            "imei",
            "imei2",
            "eid",
            "model",
            "kind",
            "order_number",
            "purchased_on",
        }
    ),
    identity=("serial", "imei", "imei2"),
    unique=("serial", "imei"),
    anchors=(
        ("serialNumber", "productFamily", "orderNumber"),
        ("serialNumber", "addedToOrgDateTime"),
        ("serialNumber", "deviceModel", "partNumber"),
    ),
    ignored=(
        *("addedToOrgDateTime", "releasedFromOrgDateTime", "updatedDateTime", "productFamily", "productType", "id"),
        *(
            "deviceCapacity",
            "color",
            "status",
            "meid",
            "partNumber",
            "wifiMacAddress",
            "bluetoothMacAddress",
            "purchaseSourceId",
            "purchaseSourceType",
        ),
    ),
    status_if_new="ordered",
    utc=True,
    confidence="documented",
    note="The names are those of the API; the column titles of the portal's own CSV are not known.",
)

_DELIVERY = (
    *("serial", "imei", "imei2", "eid", "iccid", "phone_number", "asset_tag", "model"),
    *("order_number", "price_pence", "supplier", "warranty_until", "ethernet_mac", "carrier", "notes"),
)

DELIVERY_NOTE = Layout(
    key="delivery-note",
    title="Supplier's delivery note: one row per device with order number and serial",
    subject="device",
    columns={
        **{field: COLUMNS[field] for field in _DELIVERY},
        "purchased_on": ("Order Date", "OrderDate", "Invoice Date", "Purchase Date"),
        "delivered_on": ("Ship Date", "Shipped", "Despatch Date", "Dispatch Date", "Delivery Date", "Date Delivered"),
    },
    sets=frozenset({*_DELIVERY, "purchased_on", "delivered_on", "kind"}) - {"phone_number", "notes"},
    identity=("serial", "imei", "imei2"),
    unique=("serial", "imei"),
    anchors=tuple(
        (order, serial, day)
        for order in ("PO Number", "Order Number", "PO No", "Purchase Order")
        for serial in ("Serial Number", "Serial No", "Serial")
        for day in ("Ship Date", "Despatch Date", "Dispatch Date", "Delivery Date")
    ),
    ignored=(
        *NOT_KEPT,
        "Quantity",
        "Qty",
        "Recipient",
        "CompanyName",
        "ShippingAddress1",
        "Line",
        "Consignment",
        "Tracking Number",
    ),
    status_if_new="delivered",
    confidence="guess",
    note="No UK reseller's delivery note with serials is public.",
)

LAYOUTS = (BUSINESS_MANAGER, DELIVERY_NOTE)
