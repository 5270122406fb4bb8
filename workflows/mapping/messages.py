"""The sentences for problems that are known without a submission."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

MESSAGES = {
    # The event as a whole
    "no_event_type": _("Choose what to send: identify or track."),
    "unknown_event_type": _("Choose what to send: identify or track. “%(value)s” is neither."),
    "no_event_name": _("A track event needs a name. Type one, such as “Survey Completed”."),
    "pipe_in_event_name": _(
        "The event name “%(value)s” contains piped text. Event names are the same for every submission: "
        "type a fixed name and send the answer as a field."
    ),
    "no_identity": _(
        "Both the user ID and the anonymous ID are empty, and Segment drops events without one. Fill in "
        "one of them, or switch on the random anonymous ID."
    ),
    "too_large": _(
        "The event has %(size)s bytes, and Segment takes at most %(limit)s (32 KB). Remove fields, or "
        "send shorter values."
    ),
    # Pipes
    "unterminated_pipe": _(
        "The pipe “%(text)s” at character %(position)s has no closing brace. Add } at its end."
    ),
    "empty_pipe": _(
        "The pipe “%(text)s” at character %(position)s is empty. Choose a field from the {a} menu."
    ),
    "nested_pipe": _(
        "The pipe “%(text)s” at character %(position)s starts inside another pipe. Close the first one "
        "with }."
    ),
    "unknown_family": _(
        "The pipe “%(text)s” at character %(position)s is of a kind that Tributary does not know "
        "(“%(family)s”). Choose a field from the {a} menu instead."
    ),
    "unknown_pipe": _(
        "Tributary cannot read the pipe “%(text)s” at character %(position)s. Choose a field from the {a}"
        " menu instead."
    ),
    "task_output_pipe": _(
        "“%(text)s” at character %(position)s takes the output of another Qualtrics task, which Tributary"
        " does not have. Remove it, or choose a field from the {a} menu instead."
    ),
    "unknown_field": _(
        "The survey has no field “%(key)s” for the pipe “%(text)s” at character %(position)s. Choose a "
        "field from the {a} menu, or add it to the survey."
    ),
    "unknown_field:suggestion": _(
        "The survey has no field “%(key)s” for the pipe “%(text)s” at character %(position)s. Did you "
        "mean “%(suggestion)s”?"
    ),
    "wrong_family": _(
        "The pipe “%(text)s” at character %(position)s looks for “%(key)s” among the wrong kind of "
        "fields. Write %(suggestion)s instead."
    ),
    "random_range": _(
        "The pipe “%(text)s” at character %(position)s asks for a number from %(low)s to %(high)s. Put the "
        "smaller number first."
    ),
    "unknown_date_letter": _(
        "The date format in “%(text)s” at character %(position)s has the letter “%(letter)s”, which stands "
        "for nothing. Take it out, or write a backslash before it."
    ),
    "looks_like_pipe": _(
        "“%(text)s” is no pipe, and is sent as this very text. Write %(suggestion)s to send the answer, or "
        "leave it when the text is meant."
    ),
    "looks_like_key": _(
        "“%(text)s” is the key of a field, and is sent as this very text. Write %(suggestion)s to send the "
        "answer, or leave it when the text is meant."
    ),
    # Filters
    "unterminated_quote": _(
        "The pipe “%(text)s” at character %(position)s has a quotation mark without a second one. Close it, "
        'write \\" for a quotation mark in the text.'
    ),
    "curly_quotes": _(
        "The pipe “%(text)s” at character %(position)s has curly quotation marks, which enclose nothing. "
        'Write straight ones: ".'
    ),
    "empty_filter": _(
        "The pipe “%(text)s” at character %(position)s has a bar with nothing behind it. Write a filter such "
        "as “trim” there, or remove the bar."
    ),
    "unknown_filter": _(
        "The pipe “%(text)s” at character %(position)s uses “%(filter)s”, which is not a filter. Choose one "
        "from the list of filters, or remove it."
    ),
    "unknown_filter:suggestion": _(
        "The pipe “%(text)s” at character %(position)s uses “%(filter)s”, which is not a filter. Did you "
        "mean “%(suggestion)s”?"
    ),
    "bad_filter": _(
        "The filter “%(filter)s” in “%(text)s” at character %(position)s cannot work like this. Write "
        "%(usage)s."
    ),
    "too_many_filters": _(
        "The pipe “%(text)s” at character %(position)s has more than %(limit)s filters. Remove some."
    ),
    # Keys
    "key_empty": _("This row has a value, “%(value)s”, but no key. Type a key, or remove the row."),
    "key_empty_segment": _(
        "The key “%(key)s” has nothing before, between or after a period. Remove that period, or write "
        "\\. for a period that belongs to the name."
    ),
    "key_bad_escape": _(
        "The key “%(key)s” has a backslash at character %(position)s that stands for nothing. Write \\. "
        "for a period, \\\\ for a backslash."
    ),
    "key_too_deep": _(
        "The key “%(key)s” is %(levels)s levels deep, and at most %(limit)s are possible. Use fewer periods."
    ),
    "key_too_long": _(
        "The key “%(key)s” has %(length)s characters, and at most %(limit)s are possible. Shorten it."
    ),
    "key_has_pipe": _(
        "The key “%(key)s” contains piped text. Keys are the same for every submission: type a fixed key "
        "and put the pipe into the value."
    ),
    "key_repeated": _("The key “%(key)s” is already used in row %(row)s. Rename or remove one of them."),
    "key_after_place": _(
        "The key “%(key)s” goes on right behind a bracket, at character %(position)s. Put a period there."
    ),
    "key_bad_place": _(
        "The key “%(key)s” has a bracket at character %(position)s that is no place in a list. Write [0], "
        "[1] and so on, [] for a new entry, or \\[ for a bracket that belongs to the name."
    ),
    "key_place_too_high": _(
        "The key “%(key)s” has a place in a list above %(limit)s. Use a lower one, or [] for a new entry."
    ),
    "key_shapes": _(
        "The key “%(key)s” clashes with “%(other)s” in row %(row)s: the same key would be an object and a "
        "list. Rename one of them."
    ),
    "key_mixed_array": _(
        "The key “%(key)s” clashes with “%(other)s” in row %(row)s: one adds to the list with [], the other "
        "numbers its entry. Use the same way in both."
    ),
    "key_collision": _(
        "The key “%(key)s” clashes with “%(other)s” in row %(row)s: the same key would be a plain value "
        "and an object. Rename one of them."
    ),
    # A row's type and rule
    "unknown_type": _("The type of “%(key)s” is “%(value)s”. Choose one of these: %(names)s."),
    "unknown_rule": _("What to do when “%(key)s” is empty is “%(value)s”. Choose one of these: %(names)s."),
    "bad_default": _(
        "The default of “%(key)s”, “%(value)s”, cannot be of type %(type)s. Type another default, or choose "
        "another type."
    ),
    "pipe_in_default": _("The default of “%(key)s”, “%(value)s”, contains piped text. Type a fixed text."),
    # Context and integrations
    "unknown_context": _(
        "“%(name)s” is not a context field that Tributary sends. Choose one of these: %(names)s."
    ),
    "integration_nameless": _(
        "An integration has no name. Type its name as Segment writes it, or remove it."
    ),
}
