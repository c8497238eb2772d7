"""What every payload shares.

It is apart from the package's own file because the payloads' modules are named as the types
are: in the package's namespace `int` is a module.
"""

from __future__ import absolute_import

from itertools import repeat

from compat import counting, lazy_map, lazy_zip


class UnknownPayload(ValueError):
    """Unknown name of a payload, or a wrong parameter."""


class Kind(object):
    """A payload in a file of the user's own; an instance replaces a module."""

    LABEL = ""
    SUMMARY = ""
    PARAMETER = ""
    ITEM_BYTES = None

    def supported(self):
        return ""


class Payload(object):
    """One message sent again and again; subclasses say which, and how a numbered one is made.

    A checked message is an envelope (producer, number, body), so that a loss, a double, a
    changed order and changed content can each be seen.
    `is_fresh` says that each message is a new object.
    """

    is_fresh = False

    def __init__(self):
        self.body = self.numbered(0)

    def numbered(self, number):
        """Return a body that differs for each number."""
        raise NotImplementedError

    def same(self, one, other):
        """Return whether two bodies are equal in type and content."""
        return type(one) is type(other) and one == other

    def messages(self, count):
        """Return an iterable of `count` messages without a Python frame of its own."""
        return repeat(self.body, count)

    def telling(self, count):
        """Return the messages, each with its number: envelopes of producer 0."""
        return lazy_zip(repeat(0), counting(count), self.messages(count))

    def number_of(self, message):
        """Return the number of a message that has one."""
        return message[1]

    def is_last(self, message, count):
        """Return whether `message` can be the last of `messages(count)`."""
        del count
        return self.same(message, self.body)

    def wrap(self, producer, number):
        """Return the checked message `number` of a producer."""
        return (producer, number, self.numbered(number))

    def unwrap(self, message):
        """Return (producer, number, intact) of a checked message; producer is None for junk."""
        try:
            producer, number, body = message
            return producer, number, self.same(body, self.numbered(number))
        except (TypeError, ValueError):
            return None, None, False

    def altered(self, message):
        """Return a checked message whose content was damaged on its way (for tests)."""
        producer, number, _ = message
        return (producer, number, self.numbered(number + 1))


class Fresh(Payload):
    """The messages of another payload, each a new object in the timed phase, with its number.

    The making is part of what is timed: so are the memory that it takes and the caches that it
    fills, which one object sent again and again spares.
    """

    is_fresh = True

    def __init__(self, inner):
        self.inner = inner
        self.numbered = inner.numbered
        self.same = inner.same
        self.size = getattr(inner, "size", None)
        Payload.__init__(self)

    def messages(self, count):
        return lazy_map(self.numbered, counting(count))

    def is_last(self, message, count):
        return self.same(message, self.numbered(count - 1))


def bytes_count(name, parameter, default):
    """Return the parameter as a number of bytes, at least 1."""
    if not parameter:
        return default
    if not parameter.isdigit() or int(parameter) < 1:
        raise UnknownPayload(
            "payload %s:%s: the size must be a whole number of bytes, at least 1"
            % (name, parameter)
        )
    return int(parameter)


def no_parameter(name, parameter):
    """Refuse a parameter where the payload takes none."""
    if parameter:
        raise UnknownPayload("payload %s takes no parameter, got %r" % (name, parameter))
