"""Configuration: files, overrides, nodes, and `nodevault config show`."""

import json
import subprocess

from answer import Answer
from case import CommandTestCase
from vault import BINARY, surroundings

# The example of Canton's documentation, with what names a secret added.
AWS_EXAMPLE = """
canton.participants.participant1.crypto.kms {
\ttype = aws
\tregion = us-east-1
\tmulti-region-key = false # optional, default is false
\taudit-logging = false # optional, default is false
}
"""
ENCRYPTION = """
canton.participants.participant1.crypto.private-key-store.encryption {
  type = kms
  wrapper-key-id = alias/canton
}
"""
CRYPTO = "canton.participants.participant1.crypto"
TWO_NODES = """
_shared.crypto { kms.type = local, private-key-store.encryption.type = kms }
canton.participants.participant1.crypto = ${_shared.crypto}
canton.sequencers.sequencer1.crypto = ${_shared.crypto}
canton.sequencers.sequencer1.crypto.kms.key-file = sequencer.kms
"""


class ConfigurationTestCase(CommandTestCase):
    def command(self, *arguments, cwd=None, **environment):
        """The command with nothing said about files."""
        done = subprocess.run(
            [BINARY, *map(str, arguments)], env=surroundings(**environment), capture_output=True, cwd=cwd, timeout=60,
            stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        return Answer(done.args, done.returncode, done.stdout, done.stderr)

    def shown(self, *arguments, **environment):
        answer = self.command("--format", "json", *arguments, "config", "show", **environment)
        self.assertEqual(answer.returncode, 0, answer)
        return answer.json


class ShowTests(ConfigurationTestCase):
    def test_the_example_of_cantons_documentation_is_shown_as_json(self):
        file = self.write("canton.conf", AWS_EXAMPLE)
        document = self.shown("-c", file)
        kms = {"type": "aws", "region": "us-east-1", "multi-region-key": False, "audit-logging": False}
        self.assertLessEqual(kms.items(), document["config"]["kms"].items())
        self.assertEqual(document["node"], "participants.participant1")
        lines = {"kms.type": 3, "kms.region": 4, "kms.multi-region-key": 5, "kms.audit-logging": 6}
        written = {key: origin for key, origin in document["origins"].items() if origin != "default"}
        self.assertEqual(written, {key: f"{file}:{line}" for key, line in lines.items()})

    def test_what_is_not_written_is_shown_with_its_default(self):
        file = self.write("canton.conf", AWS_EXAMPLE)
        document = self.shown("-c", file)
        self.assertEqual(document["config"]["kms"]["timeouts"], {"connect": "3s", "attempt": "10s", "operation": "60s"})
        store = document["config"]["private-key-store"]
        self.assertEqual(store["storage"]["file"], str(self.folder / "participant1.vault"))
        self.assertEqual(store["cache"]["capacity"], 1024)
        self.assertEqual(document["origins"]["private-key-store.cache.capacity"], "default")
        self.assertEqual(document["origins"]["kms.timeouts.connect"], "default")
        # Without encryption, and without LocalKMS, their keys mean nothing.
        self.assertNotIn("encryption", store)
        self.assertNotIn("key-file", document["config"]["kms"])
        lines = self.command("-c", file, "config", "show").text.splitlines()
        self.assertIn('private-key-store.cache.max-age = "5m"    # default', lines)

    def test_a_value_from_the_environment_says_so(self):
        file = self.write("canton.conf", AWS_EXAMPLE.replace("us-east-1", "${REGION}"))
        document = self.shown("-c", file, REGION="eu-west-1")
        self.assertEqual(document["config"]["kms"]["region"], "eu-west-1")
        self.assertEqual(document["origins"]["kms.region"], "environment variable REGION")

    def test_what_is_cantons_alone_is_shown_as_it_is(self):
        lines = f"{CRYPTO} {{ provider = jce, signing.keys.allowed = [ec-p-256], parallelism {{}} }}"
        document = self.shown("-c", self.write("canton.conf", AWS_EXAMPLE + lines))
        self.assertEqual(document["config"]["provider"], "jce")
        self.assertEqual(document["config"]["signing"], {"keys": {"allowed": ["ec-p-256"]}})
        self.assertEqual(document["config"]["parallelism"], {})

    def test_objects_in_lists_that_hold_a_secret_are_redacted(self):
        lines = f'{CRYPTO}.provider = [{{ password = "hidden-value" }}]'
        file = self.write("canton.conf", AWS_EXAMPLE + lines)
        for how in [[], ["--format", "json"]]:
            answer = self.command(*how, "-c", file, "config", "show")
            self.assertEqual(answer.returncode, 0, answer)
            self.assertNotIn(b"hidden-value", answer.stdout + answer.stderr)

    def test_the_example_is_shown_as_text_with_the_origin_of_each_value(self):
        file = self.write("canton.conf", AWS_EXAMPLE)
        lines = self.command("-c", file, "config", "show").text.splitlines()
        self.assertEqual(lines[0], "# participants.participant1")
        self.assertRegex(lines[1], rf'^kms\.type = "aws" +# {file}:3$')
        self.assertRegex(lines[3], rf"^kms\.multi-region-key = false +# {file}:5$")

    def test_the_private_key_store_and_the_wrapper_key_are_no_secrets(self):
        file = self.write("canton.conf", AWS_EXAMPLE + ENCRYPTION)
        document = self.shown("-c", file)
        encryption = {"type": "kms", "wrapper-key-id": "alias/canton"}
        self.assertLessEqual(encryption.items(), document["config"]["private-key-store"]["encryption"].items())
        self.assertNotIn("redacted", self.command("-c", file, "config", "show").text)

    def test_values_that_name_a_password_secret_or_token_are_redacted(self):
        file = self.write("canton.conf", AWS_EXAMPLE)
        keys = ["db-password", "my-secret", "session-token"]
        overrides = [word for key in keys for word in ("-C", f"{CRYPTO}.kms.custom-tags.{key}=hidden-value")]
        nested = ["-C", CRYPTO + ".kms.custom-tags.plain=shown-value"]
        answer = self.command("--format", "json", "-c", file, *overrides, *nested, "config", "show")
        tags = answer.json["config"]["kms"]["custom-tags"]
        self.assertEqual(tags, dict.fromkeys(keys, "** redacted **") | {"plain": "shown-value"})
        text = self.command("-c", file, *overrides, *nested, "config", "show")
        for shown in [answer, text]:
            self.assertNotIn(b"hidden-value", shown.stdout + shown.stderr)

    def test_raw_resolves_any_file_with_the_environment_and_redacts_nothing(self):
        content = 'a = ${NAME}, b { password = "shown", c = ${?MISSING} }\nlist = [1, 2.5, null, yes]\nd = ${a}"/x"\n'
        file = self.write("any.conf", content)
        for how in [["--format", "json"], []]:
            answer = self.command(*how, "config", "show", "--raw", file, NAME="value")
            expected = {"a": "value", "b": {"password": "shown"}, "list": [1, 2.5, None, "yes"], "d": "value/x"}
            self.assertEqual(answer.json, expected)

    def test_raw_tells_a_missing_file_and_a_missing_variable(self):
        answer = self.command("config", "show", "--raw", self.folder / "missing.conf")
        self.assert_refused(answer, 66, mentions=["missing.conf"])
        file = self.write("any.conf", "\n  a = ${NAME}\n")
        self.assert_refused(self.command("config", "show", "--raw", file), 78, mentions=[f"{file}:2", "NAME"])
        answer = self.command("--format", "json", "config", "show", "--raw", file)
        self.assert_refused_as_json(answer, 78, "configuration", ["NAME"])


class NodeTests(ConfigurationTestCase):
    def test_a_node_is_chosen_where_there_are_several(self):
        file = self.write("canton.conf", TWO_NODES)
        document = self.shown("-c", file, "--node", "sequencers.sequencer1")
        self.assertEqual(document["config"]["kms"]["key-file"], "sequencer.kms")
        document = self.shown("-c", file, "--node", "participants.participant1")
        self.assertEqual(document["config"]["kms"]["key-file"], str(self.folder / "participant1.kms"))

    def test_several_nodes_and_no_choice_is_an_error_that_lists_them(self):
        answer = self.command("-c", self.write("canton.conf", TWO_NODES), "config", "show")
        self.assert_refused(answer, 78, mentions=["participants.participant1", "sequencers.sequencer1"])

    def test_a_node_that_is_not_configured_is_an_error_that_lists_them(self):
        answer = self.command("-c", self.write("canton.conf", TWO_NODES), "--node", "mediators.m", "config", "show")
        self.assert_refused(answer, 78, mentions=["mediators.m", "participants.participant1"])

    def test_what_names_no_node_is_a_usage_error(self):
        answer = self.command("-c", self.write("canton.conf", TWO_NODES), "--node", "participant1", "config", "show")
        self.assert_refused(answer, 64, mentions=["participants.NAME"])

    def test_each_node_has_its_vault_beside_the_configuration(self):
        file = self.write("canton.conf", TWO_NODES)
        for node in ["participants.participant1", "sequencers.sequencer1"]:
            arguments = ["--format", "json", "-c", file, "--node", node, "init"]
            answer = self.command(*arguments, KMS_LOG_FILE_NAME=str(self.folder / "log"))
            self.assertEqual(answer.json["node"], node)
        names = {path.name for path in self.folder.iterdir()}
        self.assertLessEqual({"participant1.vault", "participant1.kms", "sequencer1.vault", "sequencer.kms"}, names)


class FileTests(ConfigurationTestCase):
    def test_later_files_win(self):
        first = self.write("a.conf", AWS_EXAMPLE)
        second = self.write("b.conf", CRYPTO + ".kms.region = eu-west-1")
        self.assertEqual(self.shown("-c", first, "-c", second)["config"]["kms"]["region"], "eu-west-1")
        self.assertEqual(self.shown("-c", second, "-c", first)["config"]["kms"]["region"], "us-east-1")

    def test_the_environment_names_files_where_no_option_does(self):
        first = self.write("a.conf", AWS_EXAMPLE)
        second = self.write("b.conf", CRYPTO + ".kms.region = eu-west-1")
        region = self.shown(NODEVAULT_CONFIG=f"{first},{second}")["config"]["kms"]["region"]
        self.assertEqual(region, "eu-west-1")
        region = self.shown("-c", first, NODEVAULT_CONFIG=str(self.folder / "missing"))["config"]["kms"]["region"]
        self.assertEqual(region, "us-east-1")

    def test_no_file_at_all_is_a_configuration_error(self):
        for environment in [{}, {"NODEVAULT_CONFIG": ""}]:
            self.assert_refused(self.command("status", **environment), 78, mentions=["-c FILE", "NODEVAULT_CONFIG"])

    def test_a_missing_file_is_named(self):
        answer = self.command("--format", "json", "-c", self.folder / "missing.conf", "status")
        self.assert_refused_as_json(answer, 66, "configuration-missing", ["missing.conf"])

    def test_overrides_win_over_files_and_the_first_for_a_key_wins(self):
        file = self.write("canton.conf", AWS_EXAMPLE)
        overrides = ["-C", f"{CRYPTO}.kms.region=eu-west-1", "-C", f"{CRYPTO}.kms.region=eu-west-2"]
        document = self.shown("-c", file, *overrides)
        self.assertEqual(document["config"]["kms"]["region"], "eu-west-1")
        self.assertIn("override", document["origins"]["kms.region"])

    def test_global_options_stand_before_and_after_the_command(self):
        file = self.write("canton.conf", TWO_NODES)
        options = [["-c", file], ["-C", "canton.participants.participant1.crypto.kms.audit-logging=yes"]]
        options += [["--node", "participants.participant1"], ["--format", "json"]]
        answers = []
        for split in range(len(options) + 1):
            before = [word for option in options[:split] for word in option]
            after = [word for option in options[split:] for word in option]
            answers.append(self.command(*before, "config", "show", *after).json)
            answers.append(self.command(*after, "config", *before, "show").json)
        self.assertEqual({json.dumps(answer) for answer in answers}, {json.dumps(answers[0])})

    def test_files_and_overrides_before_and_after_the_command_add_up(self):
        first, second = self.write("a.conf", AWS_EXAMPLE), self.write("b.conf", f"{CRYPTO}.kms.region = eu-west-1")
        answer = self.command("-c", first, "config", "show", "-c", second, "--format", "json")
        self.assertEqual(answer.json["config"]["kms"]["region"], "eu-west-1", answer)

    def test_relative_paths_begin_at_the_file_that_names_them(self):
        inner = self.folder / "inner"
        inner.mkdir()
        self.write("inner/store.conf", f"{CRYPTO}.private-key-store.storage.file = other.vault")
        content = f"""
            include "inner/store.conf"
            {CRYPTO}.kms {{ type = local, key-file = the.kms }}
            {CRYPTO}.private-key-store.encryption.type = kms
            """
        outer = self.write("canton.conf", content)
        answer = self.command("-c", outer, "init", cwd="/", KMS_LOG_FILE_NAME=str(self.folder / "log"))
        self.assertEqual(answer.returncode, 0, answer)
        self.assertTrue((inner / "other.vault").exists())
        self.assertTrue((self.folder / "the.kms").exists())
