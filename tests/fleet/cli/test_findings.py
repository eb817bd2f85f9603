"""`fleet findings` and `fleet finding` after what a technician just did, in words that name things."""

import email
import email.message
import email.policy
import re
from pathlib import Path

from tests.fleet.conftest import Program


def first(program: Program, rule: str) -> tuple[str, str]:
    """Id and subject of the first open finding of a rule."""
    (_, row, *_) = program("findings", "--rule", rule).out.splitlines()
    number, _severity, _rule, subject = row.split()[:4]
    return number, subject


def rules_of(program: Program, subject: str) -> set[str]:
    return {one["rule"] for one in program("findings", "--json").json if one["subject"] == subject}


def test_a_return_is_in_the_findings_at_once_and_so_is_its_undo(program: Program, home: Path) -> None:
    _, tag = first(program, "leaver-holds")
    assert rules_of(program, tag) == {"leaver-holds"}
    told = program("return", tag)
    assert told.code == 0
    assert rules_of(program, tag) == {"returned-still-enrolled"}
    event = re.search(r"fleet undo (\d+)", told.out + told.err)
    assert event is not None
    assert program("undo", event[1], "--yes").code == 0
    assert rules_of(program, tag) == {"leaver-holds"}


def test_commands_judge_by_the_rules_of_the_configuration(program: Program, home: Path) -> None:
    _, tag = first(program, "leaver-holds")
    with (home / "config.toml").open("a", encoding="utf-8") as file:
        file.write("\n[rules.returned-still-enrolled]\nenabled = false\n")
    assert program("return", tag).code == 0
    assert rules_of(program, tag) == set()


def test_a_wrong_rule_in_the_configuration_is_said_and_nothing_is_done(program: Program, home: Path) -> None:
    _, tag = first(program, "leaver-holds")
    with (home / "config.toml").open("a", encoding="utf-8") as file:
        file.write("\n[rules.returned-stil-enrolled]\nenabled = false\n")
    told = program("return", tag)
    assert (told.code, told.out) == (2, "")
    assert "did you mean returned-still-enrolled?" in told.err
    assert rules_of(program, tag) == {"leaver-holds"}


def test_no_sentence_names_a_device_by_a_number_of_the_database(program: Program, home: Path) -> None:
    """Every rule has a finding in the demonstration: no Intune ids, no `1 devices`, no camel case, nothing unsaid."""
    found = program("findings", "--json").json
    assert len({one["rule"] for one in found}) > 25
    for one in found:
        told = re.sub(r"\b(i(Phone|PadOS|Pad|OS)|AppleCare)\b", "", f"{one['subject']}: {one['sentence']}")
        assert not re.search(r"device (number )?\d+\b|\b1 \w+s\b|None|[a-z][A-Z]|\(s\)", told), told
        assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-", told), told
        assert one["sentence"].endswith("."), told


def test_a_duplicate_names_the_device_that_has_the_identifier(program: Program, home: Path) -> None:
    number, subject = first(program, "duplicate-imei")
    told = program("finding", number).out
    owner = re.search(r"IMEI \d{15} belongs to (\w+), but Intune \(\w+\) also has it on (\w+)\.", told)
    assert owner is not None, told
    assert owner[2] == subject != owner[1]
    assert program("device", owner[1]).code == 0
    assert re.search(rf"Belongs to: +{owner[1]}$", told, re.MULTILINE)
    assert re.search(rf"Claimed by: +{subject}$", told, re.MULTILINE)


def test_a_moved_sim_names_the_device_that_it_should_be_in(program: Program, home: Path) -> None:
    number, _ = first(program, "sim-moved")
    told = program("finding", number).out
    lender = re.search(r"the register has that SIM in (\w+)\.", told)
    assert lender is not None, told
    assert program("device", lender[1]).code == 0
    assert re.search(rf"SIM recorded in: +{lender[1]} +\d+ ", told)  # Beside it stands the SIM that Intune sees.
    assert "Iccid" not in told and "_" not in told


# --- settling, assigning, the digest ---------------------------------------------------------------------------


def test_a_finding_shows_its_suggested_fix_and_evidence_side_by_side(program: Program, home: Path) -> None:
    number, _ = first(program, "holder-differs")
    told = program("finding", number).out
    assert "Suggested fix: Issue it to the person who enrolled it. The assignment of today's holder ends" in told
    assert f"fleet finding {number} --fix\n" in told
    assert re.search(r"Holder: +\S+@\S+ \(since \d+ \w+ 2\d{3}\) +\S+@\S+ +\d+ Nov 2026 \d\d:\d\d", told), told
    assert "2 days ago, seen on 3 nights, assigned to nobody." in told
    document = program("finding", number, "--json").json
    assert [one["fix"] for one in document["fixes"]] == ["adopt-holder"]
    (line,) = [one for one in document["evidence"] if one["recorded_field"] == "holder_upn"]
    assert line["observed_field"] == "enrolled_upn" and line["recorded"] != line["observed"]
    number, _ = first(program, "jailbroken")
    assert "Nothing to apply here: it is blocked in Entra" in program("finding", number).out


def test_a_fix_is_previewed_done_and_taken_back(program: Program, home: Path) -> None:
    number, tag = first(program, "leaver-holds")
    told = program("finding", number, "--fix", "--preview")
    assert "Record its return: Its assignment ends today" in told.out
    assert "1 finding would be settled." in told.out
    assert "1 will be found instead: returned-still-enrolled" in told.out
    assert told.out.endswith("A preview: nothing was changed.\n")
    assert rules_of(program, tag) == {"leaver-holds"}
    told = program("finding", number, "--fix", "--yes", "--reason", "it came by post")
    assert told.code == 0
    assert rules_of(program, tag) == {"returned-still-enrolled"}
    event = re.search(r"fleet undo (\d+)", told.out)
    assert event is not None
    assert "it came by post" in program("history", tag).out
    assert program("undo", event[1], "--yes").code == 0
    assert rules_of(program, tag) == {"leaver-holds"}


def test_all_that_a_rule_found_is_settled_as_one_event(program: Program, home: Path) -> None:
    planned = program("findings", "--rule", "leaver-holds", "--fix", "--preview", "--json").json
    assert (planned["event"], planned["preview"], len(planned["fixes"])) == (None, True, 2)
    assert {one["rule"] for one in planned["found"]} == {"returned-still-enrolled"}
    done = program("findings", "--rule", "leaver-holds", "--fix", "--yes", "--json").json
    assert done["event"] and done["settled"] == planned["settled"]
    assert program("findings", "--rule", "leaver-holds", "--json").json == []
    assert program("undo", str(done["event"]), "--yes").code == 0
    assert len(program("findings", "--rule", "leaver-holds", "--json").json) == 2


def test_a_fix_is_asked_about_and_no_changes_nothing(program: Program, home: Path) -> None:
    number, tag = first(program, "leaver-holds")
    told = program("finding", number, "--fix", stdin="n\n")
    assert "Nothing was changed." in told.out
    assert program("finding", number, "--fix", stdin="y\n").code == 0
    assert rules_of(program, tag) == {"returned-still-enrolled"}


def test_what_does_not_go_together_is_refused(program: Program, home: Path) -> None:
    number, _ = first(program, "jailbroken")
    for arguments, code, said in (
        (("finding", number, "--fix", "--yes"), 1, "Nothing to apply here for jailbroken"),
        (("finding", number, "--fix", "--snooze", "tomorrow"), 2, "One thing at a time"),
        (("finding", number, "--yes"), 2, "belong to --fix"),
        (("findings", "--fix"), 2, "add --rule"),
        (("findings", "--preview"), 2, "belong to --fix"),
        (("findings", "--rule", "leaver-holds", "--fix", "--as-at", "yesterday"), 2, "leave out --as-at"),
        (("findings", "--as-at", "yesterday", "--severity", "high"), 2, "Of a past day"),
        (("findings", "--rule", "leaver-holds", "xyzzy", "--fix", "--yes"), 2, "There is no such finding"),
        (("findings", "--team", "No such team"), 2, "There is no team called"),
        (("findings", "--rule", "leaver-holds", "--fix", "--json"), 2, "say --yes"),
    ):
        told = program(*arguments)
        assert (told.code, said in told.err) == (code, True), (arguments, told.code, told.err)


def test_findings_are_assigned_and_listed_by_who_has_them(program: Program, home: Path) -> None:
    number, tag = first(program, "jailbroken")
    other, _ = first(program, "not-encrypted")
    assert "assigned to anna." in program("finding", number, "--assign", "anna").out
    told = program("finding", number, other, "--assign", "bryn").out
    assert told.startswith("2 findings assigned. Event ")
    assert {one["rule"] for one in program("findings", "--assigned", "bryn", "--json").json} == {
        "jailbroken",
        "not-encrypted",
    }
    assert "Assigned findings" in program("history").out
    program("finding", number, "--assign", "nobody")
    assert tag in {one["subject"] for one in program("findings", "--assigned", "nobody", "--json").json}


def test_lists_are_narrowed_and_ordered(program: Program, home: Path) -> None:
    assert {one["severity"] for one in program("findings", "--severity", "high", "--json").json} == {"high"}
    assert program("findings", "--older", "3", "--json").json == []
    older = program("findings", "--older", "2", "--order", "newest", "--json").json
    assert {one["first_seen"] for one in older} == {"2026-11-20T03:00:00Z"}


def test_the_digest_is_told_as_text_as_json_and_as_a_mail(program: Program, home: Path) -> None:
    number, _ = first(program, "leaver-holds")
    program("finding", number, "--fix", "--yes")
    document = program("digest", "--as", "json").json
    assert {one["rule"] for one in document["new"]} >= {"vanished", "returned-still-enrolled"}
    assert "leaver-holds" in {one["rule"] for one in document["fixed"]}
    assert len(document["oldest"]) == 10 and len(document["tenants"]) == 3
    text = program("digest").out
    assert text.startswith(
        f"Findings: {len(document['new'])} new, 0 worse, {len(document['fixed'])} fixed since 21 Nov 2026"
    )
    assert "northbridge: read completely on 22 Nov 2026 03:00" in text
    mail = email.message_from_string(
        program("digest", "--as", "mail", "--to", "desk@example.org").out, policy=email.policy.default
    )
    assert (mail["To"], mail["Subject"].startswith("Findings: ")) == ("desk@example.org", True)
    assert isinstance(mail, email.message.EmailMessage)
    assert mail.get_content() == text


def test_a_digest_is_of_one_organisation_since_a_day_or_the_last_sync(program: Program, home: Path) -> None:
    mine = program("digest", "--organisation", "eastmere", "--since", "2026-11-20", "--as", "json").json
    assert {one["organisation"] for one in mine["new"]} == {"eastmere"}
    assert len(mine["new"]) == sum(mine["open"].values())
    assert program("digest", "--last-sync", "--as", "json").json["since"] == "2026-11-22T03:00:00Z"
    for arguments in (("--since", "2027-01-01"), ("--since", "yesterday", "--last-sync"), ("--to", "a@b.example"),
                      ("--as", "mail", "--to", "a\nBcc: everybody")):  # fmt: skip
        assert program("digest", *arguments).code == 2, arguments


def test_what_a_command_settles_by_itself_is_counted_too(program: Program, home: Path) -> None:
    number, tag = first(program, "lost-checking-in")
    told = program("finding", number, "--fix", "--preview", "--json").json
    assert told["settled"] == [{"rule": "lost-checking-in", "subject": tag}]
