"""Imports of contacts on the wire."""

from datetime import tzinfo
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    WrapValidator,
    model_validator,
)

from ...models import ContactImport, ImportStage
from ...services import contact_imports, local_times
from ...services.import_rules import DedupeOn, ImportField, ImportRules
from .contact import ContactMembers
from .event import EventTypeKeyOrNone
from .paging import Paging
from .saying import OrAnything
from .wire import Flag, Int32, Int64, LenientList, Names, Text, Wire

_MOST_CONTACTS = 3000
_MOST_MAPPED = 25_000

Status = Literal["STARTED", "IMPORTING", "FINISHED", "ERROR"]


class Rejected(Wire):
    """A contact that can't be read."""

    sent: Any
    error: str


class ImportContact(ContactMembers):
    id: Int64 | None = Field(None, description="With `dedupeOn: id`, the contact that is meant.")

    def sent(self) -> dict[str, Any]:
        """The contact as it was sent."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)


def _or_rejected(value: Any, read: ModelWrapValidatorHandler[ImportContact]) -> Any:
    """One contact that can't be read is rejected on its own; the others are imported."""
    try:
        return read(value)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in problem["loc"])
        return Rejected.model_construct(sent=value, error=f"{where}: {problem['msg']}".lstrip(": "))


class ImportOptions(Wire):
    """What imports of both kinds have in common."""

    group_names: Names = Field(default_factory=list, description="Segments to put all contacts in.")
    group_names_exclude: Names = Field(default_factory=list, description="Segments to take them out of.")
    restore_deleted: Flag | None = Field(None, description="Restore and update deleted contacts; else they are skipped.")
    event_key_for_new_contacts: EventTypeKeyOrNone | None = Field(
        None, description="Type of the event that each new contact gets."
    )

    def common(self) -> dict[str, Any]:
        return {
            "segment_names": tuple(name.strip() for name in self.group_names),
            "excluded_names": tuple(name.strip() for name in self.group_names_exclude),
            "restores_deleted": bool(self.restore_deleted),
            "event_key": self.event_key_for_new_contacts or None,
        }


def _or_a_bare_list(schema: dict[str, Any]) -> None:
    contacts = schema["properties"]["contacts"]["anyOf"][0]
    whole = {name: schema.pop(name) for name in ("type", "required", "properties")}
    schema["anyOf"] = [whole, contacts]


class ImportBody(ImportOptions):
    model_config = ConfigDict(json_schema_extra=_or_a_bare_list)

    contacts: Annotated[
        LenientList[Annotated[ImportContact, WrapValidator(_or_rejected), OrAnything()]],
        Field(min_length=1, max_length=_MOST_CONTACTS),
    ]
    dedupe_on: DedupeOn = Field(DedupeOn.EMAIL, description="What identifies a contact whose external id is not known.")
    field_id: Int32 | None = Field(None, description="With `dedupeOn: fieldId`: the additional field that identifies.")
    contact_fields: LenientList[ImportField] | None = Field(
        None, description="What is updated; a named field without a value is emptied. Left out: whatever has a value."
    )
    custom_fields_ids: LenientList[Int32] | None = Field(
        None, alias="customFieldsIDs", description="The additional fields that are updated."
    )

    @model_validator(mode="before")
    @classmethod
    def _takes_a_bare_list(cls, value: Any) -> Any:
        return {"contacts": value} if isinstance(value, list) else value

    def rules(self) -> ImportRules:
        fields = self.contact_fields
        return ImportRules(
            dedupe_on=self.dedupe_on,
            field_id=self.field_id if self.dedupe_on is DedupeOn.FIELD else None,
            contact_fields=tuple(fields) if fields else None,
            field_ids=tuple(self.custom_fields_ids) if self.custom_fields_ids else None,
            **self.common(),
        )


class ImportAnswer(Wire):
    async_session_id: str
    failed_contacts: list[dict[str, Any]] = Field(description="Each rejected contact as it was sent, with an `error`.")
    id: int = 0


class UploadBody(ImportOptions):
    link: Annotated[Text, AfterValidator(str.strip)] = Field(description="Address of a CSV file in UTF-8, at most 100 MB.")
    dedupe_on: Literal["email", "sms", "email_or_sms", "id"] = "email"

    def rules(self) -> ImportRules:
        return ImportRules(dedupe_on=DedupeOn(self.dedupe_on), **self.common())


class UploadAnswer(Wire):
    valid: bool
    message: str
    import_id: str | None = None
    file_id: str | None = None


class MappingQuery(Paging):
    maxrows: Annotated[int, AfterValidator(lambda value: min(max(value, 1), _MOST_MAPPED))] = Field(
        _MOST_MAPPED, description="How many pairs of the mapping, at most 25,000."
    )


class Mapped(Wire):
    dedupe_value: str
    contact_id: Int64


class ImportState(Wire):
    """:param rows_total: as far as is known."""

    status: Status
    timestamp: str
    description: str
    mapping: list[Mapped]
    rows_total: int
    rows_done: int
    created: int
    updated: int
    skipped: int

    @classmethod
    def describe(cls, job: ContactImport, mapping: list[tuple[str, int]], zone: tzinfo) -> "ImportState":
        return cls(
            status=_status(job),
            timestamp=local_times.write(job.updated_at, zone),
            description=contact_imports.describe(job),
            mapping=[Mapped(dedupe_value=value, contact_id=contact_id) for value, contact_id in mapping],
            rows_total=job.row_count,
            rows_done=job.done_count,
            created=job.created_count,
            updated=job.updated_count,
            skipped=job.skipped_count,
        )


def _status(job: ContactImport) -> Status:
    # Contacts of a request need no loading: the import has begun when the first of them are done.
    is_queued = job.stage is ImportStage.RUNNING and job.link is None and not job.done_count
    return "STARTED" if is_queued else _STATUSES[job.stage]


_STATUSES: dict[ImportStage, Status] = {
    ImportStage.WAITING: "STARTED",
    ImportStage.LOADING: "IMPORTING",
    ImportStage.RUNNING: "IMPORTING",
    ImportStage.FINISHED: "FINISHED",
    ImportStage.FAILED: "ERROR",
}
