"""All that Tributary knows about Twilio Segment, and nothing of Django.

The official `segment-analytics-python` (a test dependency) installs `segment.analytics` as a namespace
package, without an `__init__.py`. This package has one, so it always wins where the repository's root is on
`sys.path`. Where the SDK is wanted, run it in a subprocess whose working directory is elsewhere
(`tests/segment/sdk.py` does).
"""
