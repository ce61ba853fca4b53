"""Each command of attaching and of detaching fails in turn: the client is told which one, and nothing has changed."""

import re
import unittest
from typing import Any, Callable, ContextManager

from scripts.localcluster.patterns import replace
from tests.lab.lab_case import LabCase

SERVER, HOST, VM = "volume", "host1", "vm1"
ATTACH = ((SERVER, "target.create"), (HOST, "host.connect"), (HOST, "host.check"), (HOST, "vm.attach"))
DETACH = ((HOST, "vm.detach"), (HOST, "host.disconnect"), (SERVER, "target.delete"))


class RollBack(LabCase):
    def test_attach_volume(self) -> None:
        volume = self.new_volume()
        self.assert_nothing_is_attached()
        before = self.state()
        for node, key in self.commands(ATTACH):
            with self.subTest(key), self.failing(node, key):
                self.assert_told(key, self.vbs.attach_volume, volume, HOST, VM, self.devices[0])
                self.assertEqual(self.state(), before)
        self.attach(volume, VM)

    def test_detach_volume(self) -> None:
        volume = self.new_volume()
        disk = self.attach(volume, VM)
        self.on(VM, f"echo kept > {disk}; sync")
        before = self.state()
        for node, key in self.commands(DETACH):
            with self.subTest(key), self.failing(node, key):
                self.assert_told(key, self.vbs.detach_volume, volume)
                self.assertEqual(self.state(), before)
                self.await_disk(disk, VM)
                self.assertEqual(self.on(VM, f"echo 3 > /proc/sys/vm/drop_caches; head -n 1 {disk}"), "kept\n")
        self.detach(volume)
        self.assert_nothing_is_attached()

    def commands(self, actions: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
        """The keys of all commands that the nodes' pattern files have for the actions."""
        found = []
        for node, action in actions:
            keys = re.findall(rf"(?m)^({re.escape(action)}(?:\.\d+)?)\s*=", self.patterns(node))
            self.assertTrue(keys, action)
            found += [(node, key) for key in keys]
        return found

    def failing(self, node: str, key: str) -> ContextManager[None]:
        """The node with a command that fails and is not run again."""

        def edit(text: str) -> str:
            text, retry = replace(text, key, "false"), f"{key}.retry"
            return replace(text, retry, "1ms") if f"\n{retry} " in text else f"{text}\n{retry} = 1ms\n"

        return self.edited_patterns(node, edit)

    def assert_told(self, key: str, function: Callable[..., Any], *arguments: str) -> None:
        refusal = self.assert_refused("CommandFailed", function, *arguments)
        self.assertIn(f"{key}: false exited with 1", refusal.stderr)
        self.assertIn("everything was rolled back", refusal.stderr)


if __name__ == "__main__":
    unittest.main()
