#!/usr/bin/env python3
"""Tests of the conformance runners' comparison (matching.py), with cases made up here."""

import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from matching import Matcher, match_history  # noqa: E402


def differs(expected, got, **case):
    return Matcher(case).matches(expected, got) is not None


def events(*types):
    """"Name:Type" gives an event that has the state's name."""
    out = []
    for number, text in enumerate(types, 1):
        name, _, kind = text.rpartition(":")
        event = {"id": number, "type": kind}
        if "Entered" in kind:
            event["stateEnteredEventDetails"] = {"name": name}
        if kind.endswith("Exited"):
            event["stateExitedEventDetails"] = {"name": name}
        out.append(event)
    return out


class Values(unittest.TestCase):
    def test_numbers_are_compared_by_value(self):
        self.assertFalse(differs({"a": 100}, {"a": 1e2}))
        self.assertTrue(differs(1, 2))
        self.assertTrue(differs(2**53 + 1, 2**53))

    def test_a_number_is_no_boolean(self):
        self.assertTrue(differs(1, True))
        self.assertTrue(differs(False, 0))
        self.assertTrue(differs(None, 0))

    def test_members_may_come_in_any_order_but_all(self):
        self.assertFalse(differs({"a": 1, "b": 2}, {"b": 2, "a": 1}))
        self.assertTrue(differs({"a": 1}, {"a": 1, "b": 2}))
        self.assertTrue(differs({"a": 1, "b": 2}, {"a": 1}))

    def test_arrays_keep_their_order(self):
        self.assertTrue(differs([1, 2], [2, 1]))
        self.assertTrue(differs([1], [1, 1]))

    def test_json_texts_are_compared_as_json(self):
        self.assertFalse(differs('{"a": 1}', '{"a":1}'))
        self.assertFalse(differs({"a": 1}, '{"a":1}'))
        self.assertTrue(differs('{"a": 1}', '{"a":2}'))
        self.assertTrue(differs("1", 1))


class Placeholders(unittest.TestCase):
    def test_bindings_come_first_the_longest_before(self):
        bound = {"<region>": "us-east-1", "<region>-x": "no"}
        self.assertFalse(differs("in <region>", "in us-east-1", bindings=bound))
        self.assertTrue(differs("in <region>", "in eu-west-1", bindings=bound))
        self.assertFalse(differs("<region>-x", "no", bindings=bound))

    def test_the_rest_matches_anything(self):
        self.assertFalse(differs("id <request_id>.", "id 12-34."))
        self.assertTrue(differs("id <request_id>.", "it 12-34."))

    def test_equal_placeholders_stand_for_equal_texts(self):
        self.assertFalse(differs(["<resource:1>", "<resource:1>"], ["x", "x"]))
        self.assertTrue(differs(["<resource:1>", "<resource:1>"], ["x", "y"]))
        self.assertTrue(differs("<resource:1>/<resource:1>", "x/y"))

    def test_a_uuid_is_one(self):
        uuid = "01234567-89ab-cdef-0123-456789abcdef"
        self.assertFalse(differs({"k": "<uuid:1>"}, {"k": uuid}))
        self.assertTrue(differs({"k": "<uuid:1>"}, {"k": "no"}))

    def test_masks(self):
        self.assertFalse(differs({"event_timestamp": "timestamp"}, {"event_timestamp": 12.5}))
        self.assertTrue(differs({"other": "timestamp"}, {"other": "x"}))
        self.assertFalse(differs({"at": "date"}, {"at": "2024-01-02T03:04:05Z"}))
        mask = [{"jsonpath": "$..StartTime", "text": "start-time"}]
        self.assertFalse(differs({"StartTime": "start-time"}, {"StartTime": "x"}, wildcards=mask))
        self.assertTrue(differs({"EndTime": "start-time"}, {"EndTime": "x"}, wildcards=mask))

    def test_metadata(self):
        recorded = {"SdkHttpMetadata": {"HttpStatusCode": 200, "X": "y"}}
        self.assertFalse(differs(recorded, {"SdkHttpMetadata": {"HttpStatusCode": 200}}))
        self.assertTrue(differs(recorded, {"SdkHttpMetadata": {"HttpStatusCode": 404}}))
        self.assertTrue(differs(recorded, {}))


class Histories(unittest.TestCase):
    PARALLEL = ("ExecutionStarted", "P:ParallelStateEntered", "ParallelStateStarted",
                "A:PassStateEntered", "A:PassStateExited", "B:WaitStateEntered",
                "B:WaitStateExited", "ParallelStateSucceeded", "P:ParallelStateExited",
                "ExecutionSucceeded")

    def test_the_order_counts(self):
        self.assertIsNone(match_history(events("ExecutionStarted", "A:PassStateEntered"),
                                        events("ExecutionStarted", "A:PassStateEntered")))
        self.assertIsNotNone(match_history(events("A:PassStateEntered", "ExecutionStarted"),
                                           events("ExecutionStarted", "A:PassStateEntered")))
        self.assertIsNotNone(match_history(events("ExecutionStarted", "A:PassStateEntered"),
                                           events("ExecutionStarted")))

    def test_inside_a_parallel_it_does_not(self):
        other = list(self.PARALLEL)
        other[3], other[5] = other[5], other[3]
        self.assertIsNone(match_history(events(*self.PARALLEL), events(*other)))
        self.assertIsNotNone(match_history(events(*self.PARALLEL), events(*other[1:])))
        del other[4]
        self.assertIsNotNone(match_history(events(*self.PARALLEL), events(*other)))

    def test_around_a_parallel_it_does(self):
        other = list(self.PARALLEL)
        other[8], other[9] = other[9], other[8]
        self.assertIsNotNone(match_history(events(*self.PARALLEL), events(*other)))

    def test_lost_ends_of_a_parallel(self):
        lost = [x for x in self.PARALLEL if "ParallelStateSucceeded" not in x]
        self.assertIsNone(match_history(events(*lost), events(*self.PARALLEL)))
        self.assertIsNotNone(match_history(events(*lost[:-1]), events(*self.PARALLEL)))


if __name__ == "__main__":
    unittest.main()
