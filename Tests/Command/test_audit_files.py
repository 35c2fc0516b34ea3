"""Where the audit log lies and how it is rolled: Canton's flags, its environment, and the configuration."""

import gzip
import json
import os
import time

from case import CommandTestCase
from test_audit import LINE
from vault import CONFIGURATION, IS_ROOT, NOBODY, limited_file_size

AUDIT = "canton.participants.participant1.crypto.private-key-store.audit"
DAY = 86400


def date(days_ago):
    return time.strftime("%Y-%m-%d", time.localtime(time.time() - days_ago * DAY))


class AuditFileTestCase(CommandTestCase):
    def setUp(self):
        super().setUp()
        self.vault = self.full_vault()
        self.vault.log.unlink()
        self.sign = ["sign", self.vault.keys["ed25519"]["keyId"]]

    def ok(self, *arguments, **environment):
        """Signs, which calls the KMS twice. The environment names no file unless it is given one."""
        return self.vault.ok(*arguments, *self.sign, environment={"KMS_LOG_FILE_NAME": ""} | environment)

    def lines(self, path):
        lines = path.read_text().splitlines()
        for line in lines:
            self.assertRegex(line, LINE)
        return lines

    def logs(self):
        """The files that are not of the vault itself."""
        names = {path.name for path in self.vault.folder.iterdir()}
        return sorted(name for name in names if name.startswith("kms") or name.endswith(".log"))

    def age(self, days):
        """As if the last line had been written that many days ago."""
        os.utime(self.vault.log, (time.time() - days * DAY,) * 2)


class WhereTests(AuditFileTestCase):
    def test_a_flag_comes_before_the_environment(self):
        other = self.vault.folder / "flag.log"
        answer = self.ok("--kms-log-file-name", other, KMS_LOG_FILE_NAME=str(self.vault.log))
        self.assertEqual((self.logs(), answer.errors), (["flag.log"], ""))
        self.assertEqual(len(self.lines(other)), 4)
        self.assertEqual(oct(other.stat().st_mode & 0o777), "0o600")

    def test_flags_stand_before_and_after_the_command(self):
        flags = ["--kms-log-file-name", self.vault.log, "--log-file-appender", "flat"]
        self.vault.ok(*self.sign, *flags, environment={"KMS_LOG_FILE_NAME": ""})
        self.vault.ok(*flags[:2], *self.sign, *flags[2:], environment={"KMS_LOG_FILE_NAME": ""})
        self.assertEqual(len(self.lines(self.vault.log)), 8)

    def test_off_means_no_file(self):
        answer = self.ok("--log-file-appender", "off", KMS_LOG_FILE_NAME=str(self.vault.log))
        self.assertEqual(self.logs(), [])
        self.assertEqual(len([line for line in answer.errors.splitlines() if LINE.match(line)]), 4)

    def test_rolling_in_words_has_cantons_file(self):
        (self.folder / "log").mkdir()
        environment = {"KMS_LOG_FILE_NAME": ""}
        self.vault.ok("--log-file-appender", "rolling", *self.sign, environment=environment, cwd=self.folder)
        self.assertEqual(len(self.lines(self.folder / "log" / "canton_kms.log")), 4)
        self.vault.ok(*self.sign, environment=environment | {"LOG_FILE_ROLLING": "true"}, cwd=self.folder)
        self.assertEqual(len(self.lines(self.folder / "log" / "canton_kms.log")), 8)

    def test_a_second_file_gets_every_line(self):
        second = self.vault.folder / "second.log"
        self.ok("-C", f"{AUDIT}.second-file=second.log", "--kms-log-file-name", self.vault.log)
        self.assertEqual(self.lines(second), self.lines(self.vault.log))
        self.assertEqual(oct(second.stat().st_mode & 0o777), "0o600")

    def test_lines_that_are_kept_back_are_there_when_the_command_ends(self):
        self.ok("--kms-log-file-name", self.vault.log, "--kms-log-immediate-flush", "false")
        self.assertEqual(len(self.lines(self.vault.log)), 4)

    def test_a_file_that_root_makes_is_the_vaults_owners(self):
        if not IS_ROOT:
            self.skipTest("only root can give files away")
        self.folder.chmod(0o711)
        self.vault.give_to(NOBODY)
        self.ok("--kms-log-file-name", self.vault.log)
        self.assertEqual((self.vault.log.stat().st_uid, self.vault.log.stat().st_gid), (NOBODY, NOBODY))

    def test_what_no_flag_takes_is_a_usage_error(self):
        wrong = {
            "--kms-log-file-name": "",
            "--kms-log-immediate-flush": "perhaps",
            "--kms-log-file-rolling-pattern": "dd",
            "--kms-log-file-history": "many",
            "--kms-log-file-rolling-history": "1.5",
            "--log-file-appender": "round",
        }
        for flag, value in wrong.items():
            with self.subTest(flag):
                mentions = [flag.replace("rolling-history", "history")]
                self.assert_refused(self.vault.run(flag, value, "status"), 64, mentions)

    def test_what_no_variable_takes_is_an_error_of_the_configuration(self):
        for name in ["KMS_LOG_IMMEDIATE_FLUSH", "KMS_LOG_FILE_ROLLING_PATTERN", "KMS_LOG_FILE_HISTORY"]:
            with self.subTest(name):
                environment = {name: "perhaps"}
                self.check_refusal_changes_nothing(
                    self.vault, self.sign, 78, "configuration", [name], environment=environment
                )
                answer = self.vault.run("--format", "json", "config", "check", environment=environment)
                self.assertEqual(answer.returncode, 78, answer)
                self.assertIn(name, answer.json["errors"][0]["message"])
        self.assertEqual(self.logs(), [])


class RollingTests(AuditFileTestCase):
    def test_a_file_of_an_earlier_day_is_rolled_and_compressed(self):
        self.ok("--kms-log-file-name", self.vault.log)
        old = self.vault.log.read_text()
        self.age(2)
        self.ok("--kms-log-file-name", self.vault.log)
        rolled = self.vault.folder / f"kms.log.{date(2)}.gz"
        self.assertEqual(self.logs(), ["kms.log", rolled.name])
        self.assertEqual(gzip.decompress(rolled.read_bytes()).decode(), old)
        self.assertEqual(oct(rolled.stat().st_mode & 0o777), "0o600")
        self.assertEqual(len(self.lines(self.vault.log)), 4)

    def test_pattern_and_history_are_the_flags_before_the_environments(self):
        for history in ["--kms-log-file-history", "--kms-log-file-rolling-history"]:
            with self.subTest(history):
                for path in self.vault.folder.glob("kms.log*"):
                    path.unlink()
                flags = ["--kms-log-file-rolling-pattern", "yyyy-MM-dd_HH", history, "2"]
                for _ in range(4):
                    self.ok(
                        "--kms-log-file-name", self.vault.log, *flags,
                        KMS_LOG_FILE_HISTORY="1", KMS_LOG_FILE_ROLLING_PATTERN="yyyy",
                    )  # fmt: skip
                    # Each file is a day older than the one before, so that each has a name of its own.
                    self.age(len(self.logs()))
                names = [name for name in self.logs() if name.endswith(".gz")]
                self.assertEqual(len(names), 2, names)
                for name in names:
                    self.assertRegex(name, r"^kms\.log\.\d{4}-\d\d-\d\d_\d\d\.gz$")

    def test_the_environment_says_when_and_how_many_where_no_flag_does(self):
        environment = {"KMS_LOG_FILE_NAME": str(self.vault.log), "KMS_LOG_FILE_ROLLING_PATTERN": "yyyy"}
        self.ok(**environment)
        self.age(400)
        self.ok(**environment)
        year = time.strftime("%Y", time.localtime(time.time() - 400 * DAY))
        self.assertEqual(self.logs(), ["kms.log", f"kms.log.{year}.gz"])

    def test_a_flat_file_is_never_rolled(self):
        for how in [{"LOG_FILE_FLAT": "true"}, {}]:
            self.ok("--kms-log-file-name", self.vault.log, "--log-file-appender", "flat", **how)
            self.age(2)
            self.ok("--kms-log-file-name", self.vault.log, *[] if how else ["--log-file-appender", "flat"], **how)
            self.assertEqual(self.logs(), ["kms.log"])
        self.assertEqual(len(self.lines(self.vault.log)), 16)


class FormatTests(AuditFileTestCase):
    def check(self, text):
        documents = [json.loads(line) for line in text.splitlines()]
        self.assertEqual([d["event"] for d in documents], ["sending", "received"] * 2)
        for document in documents:
            self.assertEqual(document["level"], "INFO")
            self.assertRegex(document["trace-id"], r"^[0-9a-f]{32}$")
            self.assertIn(document["request-id"], document["message"])
        self.assertEqual(documents[0]["request"]["name"], "DecryptRequest")

    def test_json_has_one_object_a_line(self):
        self.ok("-C", f"{AUDIT}.format=json", "--kms-log-file-name", self.vault.log)
        self.check(self.vault.log.read_text())

    def test_json_goes_to_standard_error_where_no_file_is_named(self):
        self.check(self.ok("-C", f"{AUDIT}.format=json").errors)

    def test_sync_changes_nothing_that_is_written(self):
        self.ok("-C", f"{AUDIT}.sync=on", "--kms-log-file-name", self.vault.log)
        self.assertEqual(len(self.lines(self.vault.log)), 4)


class RefusalTests(AuditFileTestCase):
    """Where a line cannot be written, the KMS is not called and the vault does not change."""

    def check(self, *flags, mentions=(), **options):
        self.check_refusal_changes_nothing(
            self.vault, [*flags, *self.sign], 74, "audit-unavailable", mentions, **options
        )

    def test_a_folder_that_is_missing_is_not_made(self):
        log = self.folder / "missing" / "kms.log"
        self.check("--kms-log-file-name", log, mentions=[str(log)])
        self.check("--log-file-appender", "rolling", mentions=["canton_kms.log"], cwd=self.folder,
                   environment={"KMS_LOG_FILE_NAME": ""})  # fmt: skip
        self.assertFalse(log.parent.exists() or (self.folder / "log").exists())

    def test_a_second_file_that_cannot_be_written_counts_too(self):
        second = self.folder / "missing" / "second.log"
        self.check("-C", f"{AUDIT}.second-file={second}", mentions=[str(second)])

    def test_a_file_that_cannot_grow(self):
        size = 16 << 20
        with open(self.vault.log, "wb") as log:
            log.truncate(size)
        self.check("--kms-log-file-name", self.vault.log, preexec_fn=limited_file_size(size))
        self.assertEqual(self.vault.log.stat().st_size, size)

    def test_lines_that_are_kept_back_and_lost_in_the_end_are_told(self):
        size = 16 << 20
        with open(self.vault.log, "wb") as log:
            log.truncate(size)
        self.check("--kms-log-immediate-flush=no", mentions=["kms.log"], preexec_fn=limited_file_size(size))

    def test_chain_is_refused_and_a_second_file_needs_a_first(self):
        self.check_refusal(
            self.vault, ["-C", f"{AUDIT}.chain=on", *self.sign], 78, "configuration", ["not supported by this version"]
        )
        self.ok("-C", f"{AUDIT}.chain=off")
        self.check_refusal(
            self.vault, ["-C", f"{AUDIT}.second-file=second.log", *self.sign], 78, "configuration",
            ["audit.second-file", "KMS_LOG_FILE_NAME"], environment={"KMS_LOG_FILE_NAME": ""},
        )  # fmt: skip

    def test_config_check_warns_of_what_a_node_would_refuse(self):
        def check(*flags, **environment):
            answer = self.vault.json(*flags, "config", "check", environment={"KMS_LOG_FILE_NAME": ""} | environment)
            self.assertEqual(answer["errors"], [])
            return answer["warnings"]

        (warning,) = check()
        self.assertEqual((warning["line"], warning["hint"]), (3, "name a file in KMS_LOG_FILE_NAME"))
        self.assertEqual(check(KMS_LOG_FILE_NAME="kms.log"), [])
        self.assertEqual(check("--kms-log-file-name", "kms.log"), [])
        self.assertEqual(check("-C", f"{AUDIT}.on-failure=continue"), [])
        self.vault.configuration.write_text(CONFIGURATION.replace("audit-logging = true", "audit-logging = false"))
        self.assertEqual(check(), [])
