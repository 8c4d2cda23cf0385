"""Subscriptions on the wire."""

from datetime import tzinfo
from typing import Annotated

from pydantic import Field

from ...models import SubscriptionCategory
from ...services import local_times, subscribing
from ...services.contact_drafts import ContactDraft
from ...services.subscriptions import CategoryView
from .contact import ContactBody
from .saying import EVENT_KEY, Says
from .wire import Email, Int64, LenientList, Names, Text, Wire

_MOST_EMAILS = 3000

FormType = Annotated[Text, Says(maxLength=subscribing.LONGEST_FORM, pattern=f"^$|{EVENT_KEY}")]


class Category(Wire):
    """A category that contacts subscribe to. :param group_id: the segment whose contacts are the subscribers."""

    id: Int64
    key: str
    group_id: Int64
    name: str

    @classmethod
    def describe(cls, category: SubscriptionCategory) -> "Category":
        return cls(id=category.id, key=category.key, group_id=category.segment_id, name=category.name)


class CountedCategory(Category):
    contacts_count: int
    created_date: str = Field(examples=["2025-02-01T09:00:00"])
    updated_date: str = Field(examples=["2025-05-20T12:30:00"])

    @classmethod
    def describe_counted(cls, view: CategoryView, zone: tzinfo) -> "CountedCategory":
        category = view.category
        return cls(
            **Category.describe(category).model_dump(),
            contacts_count=view.subscribers,
            created_date=local_times.write(category.created_at, zone),
            updated_date=local_times.write(category.updated_at, zone),
        )


class SubscriptionsBody(Wire):
    subscriptions: LenientList[Text] = Field(description="Keys of categories. They replace the former ones.")


class SubscribeBody(Wire):
    contact: ContactBody
    groups: Names = Field(default_factory=list, description="Names of static segments; made if missing.")
    subscriptions: LenientList[Text] = Field(default_factory=list, description="Keys of categories to add.")
    form_type: FormType | None = Field(None, description="Name of the form; appended to the event's type.")

    def draft(self) -> ContactDraft:
        return self.contact.draft(more_segments=self.groups)


class SubscribeResult(Wire):
    id: Int64
    email_status: str | None = Field(
        None, description="`NEED_CONFIRMATION`, `SUBSCRIBED`, `ALREADY_SUBSCRIBED` or `BLACKLISTED`."
    )
    new: bool


class EmailsBody(Wire):
    emails: Annotated[LenientList[Email], Field(max_length=_MOST_EMAILS)]
