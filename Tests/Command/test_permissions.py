"""Who may use the files: their owner alone. And disks that are full or read-only."""

import os
import shutil
import subprocess

from case import CommandTestCase
from vault import IS_ROOT, NOBODY, PASSPHRASE_CONFIGURATION, SCHEMES, Vault, limited_file_size

GENERATE = ["key", "generate", "--scheme", "ed25519", "--purpose", "signing"]
NOBODY_OPTIONS = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
VAULT_FILE = "canton.participants.participant1.crypto.private-key-store.storage.file"


class ModeTests(CommandTestCase):
    def test_every_file_is_the_owners_alone_whatever_the_umask(self):
        for mask in [0, 0o077, 0o177]:
            with self.subTest(mask):
                self.folder.joinpath(str(mask)).mkdir()
                vault = Vault(self.folder / str(mask))
                for arguments in [["init"], GENERATE, ["rewrap", "--to-new-key"]]:
                    vault.ok(*arguments, umask=mask)
                for path in vault.folder.iterdir():
                    if path != vault.configuration:
                        self.assertEqual(oct(path.stat().st_mode & 0o777), "0o600", path)

    def test_a_vault_that_others_can_read_is_refused(self):
        vault = self.full_vault()
        for mode in [0o644, 0o640, 0o606, 0o620]:
            vault.file.chmod(mode)
            for arguments in [["status"], ["verify"], GENERATE]:
                self.check_refusal_changes_nothing(vault, arguments, 77, "file-access", [f"{mode:o}", "chmod 600"])

    def test_group_permissions_are_taken_where_they_are_configured(self):
        vault = self.full_vault()
        vault.file.chmod(0o660)
        override = ["-C", "canton.participants.participant1.crypto.private-key-store.storage.permissions=group"]
        vault.ok(*override, *GENERATE)
        vault.file.chmod(0o664)
        self.check_refusal(vault, [*override, "status"], 77, "file-access", ["chmod 660"])

    def test_key_file_and_machine_key_that_others_can_read_are_refused(self):
        vault = self.full_vault()
        for file in [vault.key_file, vault.machine_key]:
            file.chmod(0o644)
            self.check_refusal_changes_nothing(vault, ["verify"], 77, "kms-file-access", [str(file), "chmod 600"])
            file.chmod(0o600)

    def test_a_passphrase_file_may_be_readable_as_container_platforms_make_it(self):
        vault = self.new_vault(PASSPHRASE_CONFIGURATION)
        self.write("passphrase", "correct horse").chmod(0o644)
        vault.init()
        vault.ok("verify")

    def test_an_unreadable_passphrase_file_is_named(self):
        vault = self.new_vault(PASSPHRASE_CONFIGURATION)
        passphrase = self.write("passphrase", "correct horse")
        vault.init()
        user = {}
        if IS_ROOT:
            vault.give_to(NOBODY)
            os.chown(passphrase, 0, 0)
            user = NOBODY_OPTIONS
        passphrase.chmod(0o000)
        self.check_refusal_changes_nothing(vault, ["verify"], 77, "file-access", [str(passphrase)], **user)


class OwnerTests(CommandTestCase):
    def test_a_vault_of_another_user_is_refused(self):
        vault = self.full_vault()
        if IS_ROOT:
            vault.give_to(NOBODY)
            os.chown(vault.file, 0, 0)
            self.folder.chmod(0o711)
            for arguments in [["status"], ["key", "list"], GENERATE]:
                self.check_refusal_changes_nothing(vault, arguments, 77, "file-access", ["user 0"], **NOBODY_OPTIONS)
        else:
            self.check_refusal(vault, ["-C", f"{VAULT_FILE}=/etc/passwd", "status"], 77, "file-access", ["user 0"])

    def test_root_works_for_the_vaults_owner(self):
        """Who is not root has no other user to work for, and owns the files all the same."""
        owner = NOBODY if IS_ROOT else os.geteuid()
        vault = self.full_vault()
        vault.give_to(owner)
        self.folder.chmod(0o711)
        vault.log.unlink()
        vault.ok(*GENERATE)
        vault.ok("rewrap", "--to-new-key")
        self.assertEqual({path.stat().st_uid for path in vault.folder.iterdir()}, {owner})
        vault.ok("verify", **(NOBODY_OPTIONS if IS_ROOT else {}))

    def test_a_folder_that_takes_no_files(self):
        vault = self.full_vault()
        user = {}
        for lock in vault.folder.glob("*.lock"):
            lock.unlink()
        if IS_ROOT:
            vault.give_to(NOBODY)
            self.folder.chmod(0o711)
            user = NOBODY_OPTIONS
        vault.folder.chmod(0o500)
        self.addCleanup(vault.folder.chmod, 0o700)
        self.check_refusal_changes_nothing(vault, GENERATE, 77, "file-access", **user)
        self.check_refusal(vault, ["-C", f"{VAULT_FILE}=new.vault", "init"], 77, "file-access", ["new.vault"], **user)


class FullDiskTests(CommandTestCase):
    def test_a_full_disk_changes_nothing(self):
        vault = self.full_vault()
        before = vault.content()
        options = self.fill(vault)
        for arguments in [GENERATE, ["key", "rename", vault.keys["ed25519"]["keyId"], "x" * 300]]:
            answer = vault.run("--format", "json", *arguments, **options)
            # SQLite calls a full disk by its name, and a limit of the file's size a failure of the disk.
            self.assert_refused_as_json(answer, 74, "input-output" if "preexec_fn" in options else "disk-full")
        self.assertEqual(vault.content(), before)
        self.empty(vault)
        vault.generate()
        self.assertEqual(vault.json("verify", "--deep")["records"], len(SCHEMES) + 1)

    def test_a_full_disk_takes_no_new_vault(self):
        vault = self.full_vault()
        options = self.fill(vault)
        answer = vault.run("-C", f"{VAULT_FILE}=new.vault", "init", **options)
        self.assert_refused(answer, 74)
        self.assertEqual(sorted(path.name for path in vault.folder.glob("new*")), [])

    def test_a_key_file_that_cannot_grow_stays_as_it_is(self):
        vault = self.full_vault()
        key_file = vault.key_file.read_bytes()
        limits = {"preexec_fn": limited_file_size(len(key_file) - 1)}
        environment = {"KMS_LOG_FILE_NAME": ""}
        answer = vault.run("rewrap", "--to-new-key", environment=environment, **limits)
        self.assertEqual(answer.returncode, 74, answer)
        self.assertEqual(vault.key_file.read_bytes(), key_file)
        self.assertEqual(vault.json("verify")["failed"], [])

    def fill(self, vault):
        """Puts the vault on a small disk and fills it; where mounting is not allowed, limits the size of files."""
        log = {"environment": {"KMS_LOG_FILE_NAME": str(self.write("kms.log", ""))}}
        if not self.mount(vault):
            # Less than a transaction writes.
            return log | {"preexec_fn": limited_file_size(16 << 10)}
        try:
            with open(vault.folder / "filler", "wb") as filler:
                while True:
                    filler.write(bytes(4096))
                    filler.flush()
        except OSError:
            return log

    def empty(self, vault):
        (vault.folder / "filler").unlink(missing_ok=True)

    def mount(self, vault):
        if not IS_ROOT:
            return False
        kept = vault.folder.rename(self.folder / "kept")
        vault.folder.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", "size=1m,mode=700", "tmpfs", vault.folder]
        is_mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
        if is_mounted:
            self.addCleanup(subprocess.run, ["umount", "-l", vault.folder], check=True)
        for path in kept.iterdir():
            shutil.copy2(path, vault.folder)
        return is_mounted
