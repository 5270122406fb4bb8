"""A stand-in for Segment's two APIs in two regions, so that all can be tried and tested without an account.

Run it by `python -m segment.sandbox --port 8099`, or in a test by `start_sandbox()`. Its root page says what
it offers; `segment.sandbox.fixtures` has its tokens and write keys, `segment.sandbox.faults` its faults.
"""

from segment.sandbox.server import RunningSandbox, start_sandbox

__all__ = ["RunningSandbox", "start_sandbox"]
