"""Imports: what the organization has had imported, how far each is, and what was wrong with its rows."""

from dataclasses import dataclass
from urllib.parse import unquote

from flask import render_template, request, url_for
from flask_login import login_required

from ..models import ContactImport, ImportStage
from ..services import contact_imports
from ..words import N_
from .access import managing_membership
from .blueprint import pages

PAGE = 20

_STATES = {
    ImportStage.WAITING: (N_("Waiting"), "neutral"),
    ImportStage.LOADING: (N_("Loading the file"), "new"),
    ImportStage.RUNNING: (N_("Importing"), "new"),
    ImportStage.FINISHED: (N_("Finished"), "good"),
    ImportStage.FAILED: (N_("Ended early"), "bad"),
}


@dataclass(frozen=True)
class Shown:
    """:param source: where the contacts came from; None for a request. :param badge: the colour of ``state``."""

    job: ContactImport
    source: str | None
    state: str
    badge: str

    @property
    def percent(self) -> int:
        """Never 100 before the end."""
        return min(100 * self.job.done_count // max(self.job.row_count, 1), 99)

    @property
    def more_problems(self) -> int:
        """How many skipped rows are not listed."""
        return max(self.job.skipped_count - len(self.job.problems), 0)


@pages.get("/settings/imports")
@login_required
def list_imports() -> str:
    """The organization's imports, the newest first; a script asks for it again while one is under way."""
    place = managing_membership()
    before = request.args.get("before", type=int)
    found = contact_imports.list_of(place.organization_id, before=before, limit=PAGE + 1)
    return render_template(
        "pages/imports.html",
        rows=[_shown(job) for job in found[:PAGE]],
        is_any_under_way=any(job.finished_at is None for job in found[:PAGE]),
        older=url_for(".list_imports", before=found[PAGE - 1].id) if len(found) > PAGE else None,
        is_first=before is None,
    )


def _shown(job: ContactImport) -> Shown:
    state, badge = _STATES[job.stage]
    source = unquote(job.shown_link.partition("://")[2]) if job.shown_link else None
    return Shown(job, source, state, badge)
