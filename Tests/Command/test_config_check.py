"""`nodevault config check`: everything that is wrong, at once."""

from test_configuration import AWS_EXAMPLE, CRYPTO, ConfigurationTestCase

WRONG = """
canton.participants.participant1.crypto {
  kms { type = local, audit-loging = yes }
  kms.custom-tags = [1]
  private-key-store.encryption.type = kms
  private-key-store.cache.capacity = ${CAPACITY}
}
canton.sequencers-x.sequencer1.crypto.kms { type = gcp, location-id = us-east1 }
"""
PROBLEM_FIELDS = ["origin", "file", "line", "column", "message", "hint"]


class CheckTests(ConfigurationTestCase):
    def check(self, *arguments, exit_code=0, **environment):
        answer = self.command("--format", "json", *arguments, "config", "check", **environment)
        self.assertEqual(answer.returncode, exit_code, answer)
        self.assertEqual(answer.stderr, b"", answer)
        document = answer.json
        self.assertEqual(list(document), ["valid", "nodes", "errors", "warnings"])
        self.assertEqual(document["valid"], exit_code == 0)
        for problem in document["errors"] + document["warnings"]:
            self.assertEqual(list(problem), PROBLEM_FIELDS)
            self.assertTrue(problem["message"] and problem["hint"], problem)
        return document

    def test_the_example_of_cantons_documentation_is_sound(self):
        file = self.write("canton.conf", AWS_EXAMPLE)
        expected = {"valid": True, "nodes": ["participants.participant1"], "errors": [], "warnings": []}
        self.assertEqual(self.check("-c", file), expected)
        answer = self.command("-c", file, "config", "check")
        self.assertEqual((answer.returncode, answer.text), (0, "participants.participant1: nothing is wrong"))

    def test_every_node_is_checked_and_each_problem_has_its_place_and_hint(self):
        file = self.write("canton.conf", WRONG)
        document = self.check("-c", file, exit_code=78)
        self.assertEqual(document["nodes"], ["participants.participant1", "sequencers.sequencer1"])
        self.assertEqual([(e["file"], e["line"]) for e in document["errors"]], [(str(file), n) for n in [3, 4, 6, 8]])
        unknown, tags, missing, foreign = document["errors"]
        self.assertEqual((unknown["column"], unknown["hint"]), (23, "did you mean audit-logging?"))
        self.assertIn("custom-tags", tags["message"])
        self.assertIn("${CAPACITY}", missing["message"])
        self.assertEqual(foreign["hint"], "use aws or local")
        self.assertEqual([w["hint"] for w in document["warnings"]], ["write canton.sequencers"])

    def test_one_node_is_checked_where_it_is_named(self):
        file = self.write("canton.conf", WRONG)
        document = self.check("-c", file, "--node", "sequencers.sequencer1", exit_code=78, CAPACITY="5")
        self.assertEqual([e["line"] for e in document["errors"]], [8])
        document = self.check("-c", file, "--node", "mediators.m", exit_code=78, CAPACITY="5")
        self.assertIn("mediators.m", document["errors"][0]["message"])
        self.assertIsNone(document["errors"][0]["line"])

    def test_text_has_a_line_and_a_hint_for_each_problem(self):
        file = self.write("canton.conf", WRONG)
        answer = self.command("-c", file, "config", "check")
        self.assertEqual((answer.returncode, answer.stderr), (78, b""), answer)
        lines = answer.text.splitlines()
        self.assertEqual(len(lines), 11, answer)
        self.assertEqual(lines[0], f"error: {file}:3:23: crypto.kms.audit-loging is not known to this version")
        self.assertEqual(lines[1], "  hint: did you mean audit-logging?")
        self.assertTrue(all(line.startswith("  hint: ") for line in lines[1:10:2]), answer)
        self.assertTrue(lines[-1].startswith("4 things are wrong"), answer)

    def test_files_and_overrides_that_do_not_parse_are_all_told(self):
        files = [self.write("a.conf", "a = {"), self.write("b.conf", "b = ]"), self.folder / "missing.conf"]
        options = [word for file in files for word in ("-c", file)]
        document = self.check(*options, "-C", "c = [", exit_code=78)
        origins = {f"{files[0]}:1", f"{files[1]}:1", str(files[2]), "override c"}
        self.assertEqual({e["origin"] for e in document["errors"]}, origins)
        override = next(e for e in document["errors"] if e["origin"] == "override c")
        self.assertEqual((override["file"], override["line"]), (None, None))

    def test_a_warning_alone_passes_and_other_commands_say_it_too(self):
        content = AWS_EXAMPLE.replace("crypto.kms {", "crypto.kms {\n session-signing-keys.enabled = true")
        file = self.write("canton.conf", content)
        document = self.check("-c", file)
        self.assertEqual([w["line"] for w in document["warnings"]], [3])
        old = f"{CRYPTO}.private-key-store.encryption {{ type = kms, wrapper-key-id {{ str = alias/x }} }}"
        file = self.write("local.conf", f"{CRYPTO}.kms {{ type = local, key-file = k }}\n{old}")
        answer = self.command("-c", file, "init", KMS_LOG_FILE_NAME=str(self.folder / "log"))
        self.assertIn("nodevault: warning: ", answer.errors)
        self.assertIn("the spelling of Canton before 2.8", answer.errors)

    def test_nothing_but_the_configuration_is_looked_at(self):
        lines = f"{CRYPTO}.kms {{ type = local, key-file = none/k, passphrase-file = none/p }}"
        file = self.write("canton.conf", lines)
        self.check("-c", file)
        self.assertEqual([path.name for path in self.folder.iterdir()], ["canton.conf"])

    def test_without_a_file_it_says_how_to_name_one(self):
        self.assert_refused(self.command("config", "check"), 78, mentions=["-c FILE"])
