"""The soak's model finds what it is there to find."""

import unittest

from scripts.localcluster.client import ClientError
from tests.faults.soak_client import Told, told_by
from tests.faults.soak_model import FREE, GONE, Belief, Place, State, contradictions

PLACE = Place("host1", "vm1", "sdb")


class Model(unittest.TestCase):
    def found(self, belief: Belief, state: State) -> list[str]:
        return contradictions("volume", {belief.id: belief}, {} if state == GONE else {belief.id: state})

    def test_an_acknowledged_operation_that_was_lost_is_found(self) -> None:
        volume = Belief("vol-1")
        volume.acknowledged(PLACE)
        self.assertEqual(len(self.found(volume, FREE)), 1)

    def test_a_refused_operation_with_an_effect_is_found(self) -> None:
        self.assertEqual(len(self.found(Belief("vol-1"), PLACE)), 1)

    def test_an_unanswered_operation_may_have_been_done_or_not(self) -> None:
        states: tuple[State, ...] = (FREE, PLACE)
        for state in states:
            volume = Belief("vol-1")
            volume.unanswered(PLACE)
            self.assertEqual(self.found(volume, state), [])
        volume.unanswered(PLACE)
        self.assertEqual(len(self.found(volume, GONE)), 1)

    def test_a_status_that_is_no_end_is_found(self) -> None:
        self.assertEqual(len(self.found(Belief("vol-1"), "error")), 1)

    def test_what_was_found_is_known_from_then_on(self) -> None:
        volume = Belief("vol-1")
        volume.unanswered(PLACE)
        self.found(volume, PLACE)
        self.assertTrue(volume.is_certainly(PLACE))

    def test_what_a_client_is_told_of_a_failure(self) -> None:
        for exit_code, text, told in (
            (3, "cannot connect", Told.NOTHING),
            (1, "CommandFailed: …; everything was rolled back", Told.REFUSED),
            (1, "Timeout: …; the roll-back is still being retried (…)", Told.REFUSED),
            (1, "Timeout: …; whether it took effect is not certain, so it is asked again until it is", Told.NOTHING),
            (1, "VolumeInUse: …", Told.REFUSED),
        ):
            with self.subTest(text):
                self.assertEqual(told_by(ClientError(["attach-volume"], exit_code, text)), told)


if __name__ == "__main__":
    unittest.main()
