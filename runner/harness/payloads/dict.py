"""A small dictionary, as a job description would be."""

from __future__ import absolute_import

from payloads.base import Payload, no_parameter

SUMMARY = "a small dict of text, numbers and a list"
PARAMETER = ""
ITEM_BYTES = None


class Dict(Payload):
    """Six keys, as a job description has."""

    def numbered(self, number):
        return {
            "id": number,
            "name": "measurement",
            "value": 0.5,
            "valid": True,
            "tags": ["a", "b", "c"],
            "parent": None,
        }


def supported():
    return ""


def build(parameter):
    no_parameter("dict", parameter)
    return Dict()
