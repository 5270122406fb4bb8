"""The sentences for problems that a submission brings, and for the linter's advice."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

VALUE_MESSAGES = {
    # Values
    "bad_id": _(
        "“%(key)s” would be %(value)s, which is not text or a number (%(type)s). Choose a field with a text "
        "or a number."
    ),
    "not_finite": _(
        "The value of “%(key)s” is %(value)s, a number that JSON cannot express. Correct it where the "
        "answer is made."
    ),
    "number_too_long": _(
        "The value of “%(key)s” is a number of more than %(limit)s digits. Send it as text, or choose "
        "another field."
    ),
    "too_deep": _(
        "The value of “%(key)s” is nested more than %(limit)s levels deep. Choose a simpler field."
    ),
    "not_json": _("The value of “%(key)s” is not JSON (%(type)s). Choose another field."),
    "value_too_large": _(
        "The value of “%(key)s” alone has at least %(size)s bytes, and Segment takes at most %(limit)s "
        "(32 KB) for a whole event. Choose a shorter field, or remove the row."
    ),
    "not_a_number": _(
        "The value of “%(key)s” is “%(value)s”, which is not a number. Choose another field or type, or say "
        "what to send instead."
    ),
    "ambiguous_number": _(
        "The value of “%(key)s” is “%(value)s”, and its comma could mark decimals or thousands. Take the "
        "comma out or turn it into a point with the filter “replace”."
    ),
    "not_a_boolean": _(
        "The value of “%(key)s” is “%(value)s”, which is neither true nor false. Choose another field or "
        "type, or say what to send instead."
    ),
    "not_a_date": _(
        "The value of “%(key)s” is “%(value)s”, which Tributary cannot read as a date. Send dates such as "
        "2025-03-31, or choose another field or type."
    ),
    "ambiguous_date": _(
        "The value of “%(key)s” is “%(value)s”, and it is not clear which number is the month. Have the form "
        "send dates such as 2025-03-31."
    ),
    "not_json_text": _(
        "The value of “%(key)s” is “%(value)s”, which is not JSON. Correct it, or choose another type."
    ),
    "not_a_code": _(
        "The value of “%(key)s” is %(value)s, which is not a recode value, a number. Have the form send the "
        "numbers, or pipe SelectedChoices instead."
    ),
    "filter_input": _(
        "The filter “%(filter)s” of “%(key)s” cannot take %(value)s. Choose another field, or remove the "
        "filter."
    ),
    "filters_too_costly": _(
        "The filters up to “%(key)s” would go through more than %(limit)s characters. Use fewer filters, or "
        "shorter values."
    ),
    "stopped_empty": _(
        "“%(key)s” is empty, and the mapping says to send no event then. Fill it in where the answer is "
        "made, or choose another rule for the row."
    ),
    # Advice (lint.py)
    "email_user_id": _(
        "The user ID “%(value)s” is an e-mail address. Segment advises an ID that never changes, such as "
        "a customer number; send the address as the field “email”."
    ),
    "constant_id": _(
        "The ID is always “%(value)s”, so every submission counts as the same person. Choose a field from"
        " the {a} menu."
    ),
    "reserved_type": _(
        "Segment expects “%(key)s” to be of type %(expected)s, and here it is of type %(type)s "
        "(%(value)s). Choose another field, or rename the key."
    ),
    "bad_currency": _(
        "The currency “%(value)s” is not a three-letter ISO 4217 code. Send a code such as EUR or USD."
    ),
    "event_name_style": _(
        "Segment advises event names of an object and a past action in title case. Instead of "
        "“%(value)s”, write something like “Survey Completed”."
    ),
    "reserved_date": _(
        "Segment expects “%(key)s” to be an ISO 8601 date, and here it is “%(value)s”. Give the row the type "
        "date, or send dates such as 2025-03-31."
    ),
    "reserved_url": _(
        "Segment expects “%(key)s” to be a web address, and here it is “%(value)s”. Choose another field, or "
        "rename the key."
    ),
    "reserved_email": _(
        "Segment expects “%(key)s” to be an e-mail address, and here it is “%(value)s”. Choose another "
        "field, or rename the key."
    ),
    "personal_event_name": _(
        "The event name contains “%(value)s”, which looks like personal data. Event names are seen by "
        "everybody in Segment: type another name, and send this as a field."
    ),
    "personal_key": _(
        "The key “%(key)s” contains “%(value)s”, which looks like personal data. Keys are seen by everybody "
        "in Segment: type another key, and send this as a value."
    ),
    "reserved_spelling": _(
        "Segment knows the key “%(suggestion)s”, and minds capital letters. Write it so instead of “%(key)s”."
    ),
    "mixed_case": _(
        "The key “%(key)s” is written in another way than “%(other)s”, and some destinations then make "
        "two traits of one. Write “%(suggestion)s”."
    ),
    "key_style": _(
        "Segment advises property keys in snake_case. Instead of “%(key)s”, write “%(suggestion)s”."
    ),
    "too_many_keys": _(
        "The event has %(count)s fields, and Segment’s schema page shows at most %(limit)s of a source. Send "
        "fewer, or put some into one list or object."
    ),
    "integration_case": _(
        "The integration “%(name)s” is not known to Segment, which minds capital letters. Write “All”."
    ),
}
