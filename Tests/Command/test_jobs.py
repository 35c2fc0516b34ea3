"""What all jobs have in common: progress, interruption, one at a time, disks that take no more."""

import contextlib
import json
import os
import pty
import signal
import stat
import time
from concurrent.futures import ThreadPoolExecutor

from answer import Answer
from test_processes import DATA_KEYS, ProcessTestCase
from vault import IS_ROOT, NOBODY

FIELDS = ("kind", "done", "total", "perSecond", "secondsLeft")
SLOW = ["--jobs", "1", "--rate", "20"]


class JobTestCase(ProcessTestCase):
    def setUp(self):
        super().setUp()
        self.vault = self.wide_vault()

    def jobs(self):
        return self.vault.json("status")["jobs"]

    def started(self, *arguments):
        """Starts a slow rewrap to a new key, and waits until its first data keys are done."""
        process = self.vault.start("rewrap", "--to-new-key", *arguments or SLOW)
        self.wait_for_steps()
        return process

    def wait_for_steps(self):
        deadline = time.monotonic() + 60
        while not any(job["state"] == "running" and job["done"] >= 2 for job in self.jobs()):
            self.assertLess(time.monotonic(), deadline)

    def ended(self, process):
        stdout, stderr = process.communicate(timeout=120)
        return Answer(process.args, process.returncode, stdout, stderr)


class ProgressTests(JobTestCase):
    def events(self, answer):
        lines = [line for line in answer.errors.splitlines() if line.startswith("{")]
        return [json.loads(line)["progress"] for line in lines]

    def test_events_go_to_standard_error_one_a_line(self):
        for arguments, total in [(["rewrap", "--to-new-key"], DATA_KEYS + 1), (["rotate"], DATA_KEYS)]:
            answer = self.vault.ok("--format", "json", *arguments, "--progress", "json")
            events = self.events(answer)
            self.assertEqual({tuple(event) for event in events}, {FIELDS})
            self.assertEqual({(event["kind"], event["total"]) for event in events}, {(arguments[0], total)})
            done = [event["done"] for event in events]
            self.assertEqual((done[0], done[-1], done), (0, total, sorted(done)))
            self.assertEqual(events[-1]["secondsLeft"], 0)
            self.assertEqual(answer.json["done"], total)

    def test_events_come_while_the_job_is_at_work(self):
        answer = self.vault.ok("rewrap", "--to-new-key", "--progress", "json", *SLOW)
        events = self.events(answer)
        self.assertGreater(len(events), 5)
        rates = [event["perSecond"] for event in events[2:]]
        self.assertTrue(all(1 < rate < 20 for rate in rates), rates)

    def test_a_short_job_says_nothing_where_no_terminal_is(self):
        self.assertEqual(self.vault.ok("rewrap", "--to-new-key").errors.count("rewrap:"), 0)
        self.assertEqual(self.events(self.vault.ok("rotate", "--progress", "off")), [])

    def test_a_terminal_shows_a_bar_with_rate_and_remaining_time(self):
        primary, secondary = pty.openpty()
        process = self.vault.start("rewrap", "--to-new-key", *SLOW, stderr=secondary)
        os.close(secondary)
        shown = b""
        # A terminal that nobody writes to any more ends in an error.
        with contextlib.suppress(OSError):
            while text := os.read(primary, 4096):
                shown += text
        os.close(primary)
        self.assertEqual(process.wait(60), 0)
        process.stdout.close()
        lines = shown.decode().split("\r")
        self.assertRegex(lines[1], r"^rewrap \[-{30}\] 0/17, 0\.0/s")
        self.assertRegex("".join(lines), r"rewrap \[#+-+\] \d+/17, \d+\.\d/s, \d+ s left")
        self.assertRegex("".join(lines), r"rewrap \[#{30}\] 17/17, \d+\.\d/s, 0 s left")


class InterruptedJobTests(JobTestCase):
    def test_the_step_in_work_is_finished_and_the_next_run_does_the_rest(self):
        for number in [signal.SIGINT, signal.SIGTERM]:
            process = self.started()
            process.send_signal(number)
            answer = self.ended(process)
            self.assertEqual((answer.returncode, answer.stdout), (75, b""), answer)
            self.assertRegex(answer.errors, r"(?m)^nodevault: error: the rewrap was interrupted after \d+ of 17 steps$")
            self.assertRegex(answer.errors, r"(?m)^hint: run the command again: ")
            (job,) = [job for job in self.jobs() if job["state"] == "running"]
            self.assertIn(f"after {job['done']} of 17", answer.errors)
            again = self.vault.json("rewrap", "--to-new-key")
            self.assertEqual((again["jobId"], again["to"]), (job["id"], job["to"]))
            self.assertEqual(again["done"], 17 - job["done"])
        self.check_whole(self.vault)

    def test_an_interrupted_rotation_is_shown_and_goes_on(self):
        sealed = {key for (key,) in self.vault.rows("SELECT id FROM data_keys")}
        process = self.vault.start("rotate", "--rate", "20")
        self.wait_for_steps()
        process.send_signal(signal.SIGINT)
        self.assertEqual(self.ended(process).returncode, 75)
        status = self.vault.json("status")
        self.assertIn("retired", {key["state"] for key in status["dataKeys"]})
        answer = self.vault.run("--format", "json", "rewrap", "--to-new-key")
        self.assert_refused_as_json(answer, 75, "busy", ["nodevault rotate", "unfinished"])
        self.assertEqual(self.vault.json("rotate")["jobId"], status["jobs"][0]["id"])
        self.assertTrue(sealed.isdisjoint(key for (key,) in self.vault.rows("SELECT id FROM data_keys")))
        self.assertEqual(self.vault.json("verify", "--deep")["records"], DATA_KEYS)


class OneJobTests(JobTestCase):
    def test_a_second_job_is_refused_while_the_first_is_at_work(self):
        process = self.started("--jobs", "1", "--rate", "3")
        for arguments in [["rewrap", "--to-new-key"], ["rotate"], ["rotate", "--dry-run"]]:
            self.check_refusal(self.vault, arguments, 75, "busy", ["another process"])
        process.send_signal(signal.SIGINT)
        self.assertEqual(self.ended(process).returncode, 75)
        self.vault.ok("rewrap", "--to-new-key")

    def test_two_processes_that_start_the_same_job_do_it_once_or_one_after_the_other(self):
        for arguments in [["rotate"], ["rewrap", "--to-new-key"]] * 3:
            before = len(self.jobs())
            with ThreadPoolExecutor(3) as pool:
                codes = sorted(
                    answer.returncode
                    for answer in pool.map(lambda _, words: self.vault.run(*words), range(3), [arguments] * 3)
                )
            self.assertEqual(codes[0], 0)
            self.assertLessEqual(set(codes), {0, 75})
            self.assertEqual(len(self.jobs()), before + codes.count(0))
            self.assertEqual({job["state"] for job in self.jobs()}, {"done"})
        self.assertEqual(self.vault.json("verify", "--deep")["records"], DATA_KEYS)

    def test_a_job_whose_owner_was_killed_is_taken_over_at_once(self):
        process = self.started()
        process.kill()
        self.ended(process)
        (job,) = self.jobs()
        self.assertEqual(job["state"], "running")
        again = self.vault.json("rewrap", "--to-new-key")
        self.assertEqual((again["jobId"], again["to"]), (job["id"], job["to"]))
        self.check_whole(self.vault)


class ReadOnlyTests(JobTestCase):
    def test_a_database_that_cannot_be_written_is_told_and_stays_as_it_is(self):
        options = {}
        if IS_ROOT:
            # Root writes files of any mode.
            self.folder.chmod(self.folder.stat().st_mode | stat.S_IXOTH)
            self.vault.give_to(NOBODY)
            options = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        os.chmod(self.vault.file, 0o400)
        before = self.vault.file.read_bytes()
        for arguments in [["rotate"], ["rewrap", "--to-new-key"]]:
            answer = self.vault.run("--format", "json", *arguments, **options)
            self.assert_refused_as_json(answer, 77, "file-access")
        self.assertEqual(self.vault.file.read_bytes(), before)
        # What SQLite makes beside the file has its mode.
        for path in self.vault.folder.glob("participant1.vault*"):
            path.chmod(0o600)
        self.vault.ok("rotate", **options)
