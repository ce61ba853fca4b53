"""Waiting ends when what is awaited is there, and not much later than it may."""

import unittest

from tests.harness.at_once import at_once
from tests.harness.waiting import comes_true, until


class Waiting(unittest.TestCase):
    def test_it_ends_with_the_value_that_is_true(self) -> None:
        values = iter(["", "", "there"])
        self.assertEqual(comes_true(lambda: next(values), 60), "there")
        values = iter(["", "there"])
        self.assertEqual(until(lambda: next(values), "a value", 60), "there")

    def test_what_never_comes_is_told(self) -> None:
        self.assertEqual(comes_true(lambda: "", 0), "")
        with self.assertRaisesRegex(AssertionError, "waited in vain 0 seconds for the end"):
            until(lambda: False, "the end", 0)


class AtOnce(unittest.TestCase):
    def test_results_are_in_order(self) -> None:
        self.assertEqual(at_once(8, lambda number: number * number), [number * number for number in range(8)])

    def test_a_failure_is_told(self) -> None:
        with self.assertRaises(ZeroDivisionError):
            at_once(3, lambda number: 1 // (number - 1))


if __name__ == "__main__":
    unittest.main()
