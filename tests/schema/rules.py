"""Rules of the API that no JSON Schema can say, by the sentences in which the API refuses what breaks them.

A request that fits the schema may be refused in these words only.
"""

import re

_EXISTS = (
    r"There is no additional field -?\d+ in the address book\.",
    r"There is no address book -?\d+\.",
    r"With dedupeOn 'fieldId' this is the id of an additional field\.",
    r"There is no subscription category with the key '.*'\.",
    r"from: '.*' is not a confirmed sender\. Add it first\.",
    r"from: name the sender; there are several for viber\.",
    r"messageId: [Mm]essage with id='.*' was not found\.",
    r"groups: segment with id='-?\d+' was not found\.",
    r"email: the message with id='\d+' is (no|an) email\.",
)
_HAS_GRAMMAR = (
    r"'.*' is not valid (email|phone: send the international number in digits|alpha name: .*)",
    r"(from|fromName|email): .*",
    r"A token has 1 to 2,000 printable characters\.",
    r"A (first )?name (has|needs) .*",
    r"A dot stands only after a word of at most 3 letters\.",
    r"An email address has at most 254 characters\.",
    r"Line breaks and control characters are not accepted here\.",
    r"(eventTypeKey|keyValue|formType|eventKeyForNewContacts) must not (be empty|contain control characters)\.",
    r"Send a name of the time zone database, such as 'Europe/Kyiv'\.",
    r"A number this large loses digits: send it as a string\.",
    r"The field '.*' .*",
)
_STATE = (
    r"The base version can't be deleted by itself; delete the message\.",
    r"A broadcast that has started can't be cancelled\.",
    r"languageCode: the message has a version in '.*' already\.",
)
_COMPARES = (
    r"At most two channels of the type '\w+'\.",
    r"The parameter '.*' is repeated\.",
    r"The period ends before it starts\.",
    r"dateTo is before dateFrom\.",
    r"dateFrom and dateTo are at most three months apart\.",
    r"startDate: the start is in the past\.",
    r"ids: send 1 to [\d,]+ (contact|request) ids\.",
    r"Send at least one of externalCustomerId, email and phone\.",
    r"The event has no keyValue, and none of its params identifies a contact\.",
    r"An event has at most 20 kB\.",
    r"The body is nested too deeply: \d+ levels are enough\.",
)
# OpenAPI 3.1 describes each parameter of a query alone.
_COMBINES = (
    r"externalCustomerId can't be combined with other conditions\.",
    r"sortBy can't be combined with conditions\.",
    r"Send one of email, sms, webPushToken and mobPushToken\.",
)
# A pattern knows months and days, but not which month has how many.
_CALENDAR = (
    r"'from' and 'to' are dates or times such as 2025-01-31T13:30\.",
    r"(dateFrom|dateTo): send a date or a time such as 2025-01-31T13:30\.",
    r"startDate: '.*' is not a time: send YYYY-MM-DDTHH:mm\.",
    r"Send a date or a time such as 2025-01-31T13:30\.",
    r"Send a time such as 2025-01-31T13:30:00Z\.",
)
_ALL = re.compile("|".join((*_EXISTS, *_STATE, *_HAS_GRAMMAR, *_COMPARES, *_COMBINES, *_CALENDAR)), re.DOTALL)


def are_all_unsayable(sentences: list[str]) -> bool:
    """Whether each of ``sentences`` tells of such a rule."""
    return bool(sentences) and all(_ALL.fullmatch(sentence) for sentence in sentences)
