"""Users of the directory: default properties, selection, paging, filters, manager."""

from tests.fleet.demo.service.factory import guid

USER = guid("northbridge", "user", 3)
BOSS = guid("northbridge", "user", 0)


def test_only_default_properties_come_unless_more_are_selected(caller):
    user = caller.get(f"users/{USER}").json()
    assert "department" not in user
    assert user["jobTitle"] == "Social Worker"
    more = caller.get(f"users/{USER}?$select=id,department,accountEnabled").json()
    assert {"department": "Adult Social Care", "accountEnabled": True}.items() <= more.items()


def test_users_are_found_by_user_principal_name_too(caller):
    assert caller.get("users/PERSON0003@northbridge.example").json()["id"] == USER


def test_pages_of_users_follow_the_next_link(caller):
    assert len(caller.rows("users?$top=4&$select=id")) == 10
    assert caller.get("users?$top=4").headers["x-ms-resource-unit"] == "1"
    assert caller.get("users").headers["x-ms-resource-unit"] == "2"


def test_the_manager_comes_when_it_is_expanded(caller):
    row = caller.get(f"users/{USER}?$select=id&$expand=manager($select=id)").json()
    assert row["manager"] == {"@odata.type": "#microsoft.graph.user", "id": BOSS}
    assert caller.get(f"users/{USER}/manager").json()["id"] == BOSS
    assert caller.get(f"users/{BOSS}/manager").status_code == 404


def test_filters_of_the_directory_are_honoured_or_refused_but_never_ignored(caller):
    assert len(caller.get("users?$filter=displayName eq 'Person 3'").json()["value"]) == 1
    refused = caller.get("users?$filter=contains(displayName,'3')")
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "Request_UnsupportedQuery")
    assert caller.get("users?$skip=2").json()["error"]["message"] == "'$skip' is not supported by the service."


def test_deleted_and_unknown_users_are_404(caller, directory):
    directory.users[USER]["deletedDateTime"] = "2026-11-20T10:00:00Z"
    assert caller.get(f"users/{USER}").status_code == 404
    assert USER not in {row["id"] for row in caller.rows("users")}


def test_the_organisation_names_the_tenant(caller, directory):
    (row,) = caller.get("organization").json()["value"]
    assert (row["id"], row["displayName"]) == (directory.tenant_id, "Northbridge Council")
    one = caller.get(f"organization/{directory.tenant_id}").json()
    assert one["mobileDeviceManagementAuthority"] == "intune"


def test_without_permission_the_directory_refuses_plainly(caller, directory):
    directory.permissions = frozenset({"DeviceManagementManagedDevices.Read.All"})
    caller.token = caller.new_token()
    refused = caller.get("users/delta")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "Authorization_RequestDenied")
    intune = caller.call("PATCH", f"deviceManagement/managedDevices/{guid('northbridge', 'device', 1)}", json={})
    assert intune.status_code == 403
    assert "DeviceManagementManagedDevices.ReadWrite.All" in intune.json()["error"]["message"]
