"""The tools of the MCP server, over the services that pages, API and command line ask too.

An answer holds what its reader may read, alone; each item has its citation and its link. The reader is whoever holds
the access key of the process, or over HTTP that of the request.
"""

import os
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from functools import wraps
from http import HTTPStatus
from typing import Annotated, Any, ParamSpec, Self

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from configs.alerts import portal_address
from configs.settings import Settings
from configs.system.errors import CustomsLensError, ForbiddenError
from configs.system.json_text import json_text
from extractors.document import Document, DocumentHeader
from index.results import Mode, PassageHit
from pipelines.access.keys import LOCAL, KeyStore, Reader
from pipelines.collection import Collection
from pipelines.desk.decisions import DecisionState
from pipelines.questions import decisions, matrix, profile, search, verify
from pipelines.questions.decisions import DecisionParameters
from pipelines.questions.profile import ProfileParameters
from pipelines.questions.verify import QuotationParameters
from pipelines.search.reasons import answer_span
from pipelines.search.requests import SearchParameters, filters_of
from pipelines.viewing.citations import cite, name_of
from pipelines.viewing.document_view import find_paragraphs, outline
from portal.mcp.pages import declared, item, page

KEY = "CUSTOMS_LENS_KEY"
"""The variable with the access key; without one the server reads what the command line reads."""
_READER: ContextVar[Reader] = ContextVar("reader")
"""Who sent the request over HTTP that is answered."""
_INSTRUCTIONS = """Working papers of international customs bodies. Search first, read the paragraph before you quote it,
and check each quotation with verify_quote. Give the citation and the link with every statement. Tags, levels and themes
are proposed by a program: they lead to passages and are no facts of their own."""
_MOST = 20
"""Items that are looked up for one page."""
P = ParamSpec("P")

Filters = Annotated[
    list[str],
    Field(description="field=value, such as body=ptc, year=2015..2020, theme=single-window, subject=SG, language=fr"),
]
Offset = Annotated[int, Field(ge=0, le=10_000, description="Where the page begins: next_offset of the one before")]


class PaperAnswers:
    """The tools for whoever holds the key of this process or, for answers `over_http`, the key of the request."""

    def __init__(self, settings: Settings, *, over_http: bool = False) -> None:
        self._over_http = over_http
        self._keys = KeyStore(settings.home)
        self._key = os.environ.get(KEY, "").strip()
        self._collection = Collection(settings)
        self._portal = (portal_address(settings.home) or "").rstrip("/")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._collection.close()

    def search(
        self,
        query: str,
        filters: Filters = [],  # noqa: B006 - the SDK reads the default
        mode: Mode = "hybrid",
        offset: Offset = 0,
    ) -> dict[str, Any]:
        """Find passages by word and meaning. Each item has the passage, its citation, its link, themes and tags."""
        asked = SearchParameters(q=query, mode=mode, offset=offset, limit=_MOST, close_only=True)
        found = search.answer(self._collection, asked, self.reader(), filters, passages=1)
        items = [self._hit(hit.document, passage) for hit in found.hits for passage in hit.passages[:1]]
        return page(items, total=found.documents, offset=offset)

    def read_paragraph(
        self,
        paper: Annotated[str, Field(description="Symbol in any spelling, id or source of a paper")],
        paragraph: str | None = None,
        annex: str | None = None,
        article: str | None = None,
        page_number: Annotated[int | None, Field(description="A page as it lies in the file")] = None,
        offset: Offset = 0,
    ) -> dict[str, Any]:
        """Read a numbered paragraph, an article, an annex or a page of a paper; without a place, from its beginning."""
        document = self._document(paper)
        passages = list(document.passages)
        if paragraph or annex or article:
            places = find_paragraphs(document, paragraph, annex=annex, article=article)
            wanted = {one.passage for one in places}
            starts = [number for number, one in enumerate(passages) if one.id in wanted]
            if not starts:
                raise ToolError(f"{paper} has no such place: read it without a place, or see its outline by 'document'")
            passages = [passages[number] for number in starts] if paragraph else passages[starts[0] :]
        elif page_number is not None:
            passages = [one for one in passages if page_number in one.pages]
        items = [
            {
                "citation": cite(document, one),
                "url": self._passage(document.id, one.id),
                "text": one.text,
            }
            for one in passages[offset : offset + _MOST]
        ]
        return page(items, total=len(passages), offset=offset, paper=self._paper(document))

    def document(self, name: str, offset: Offset = 0) -> dict[str, Any]:
        """Tell what a paper is (symbol, body, sessions, date, versions) and list its headings."""
        document = self._document(name)
        facts = self._paper(document) | item(
            document,
            "language kind agenda_item",
            pages=len(document.pages),
            passages=len(document.passages),
            decisions=len(document.decisions),
            refers_to=sorted({one.symbol for one in document.references})[:_MOST],
            other_languages=list(document.twins),
            other_editions=list(document.revisions),
        )
        headings = outline(document)
        items = [
            {
                "heading": " ".join(filter(None, (one.number, one.title))),
                "level": one.level,
                "citation": f"{name_of(document)}{f', p. {one.page}' if one.page else ''}",
                "url": self._passage(document.id, one.passage),
            }
            for one in headings[offset:]
        ]
        return page(items, total=len(headings), offset=offset, paper=facts)

    def matrix(self, filters: Filters = [], offset: Offset = 0) -> dict[str, Any]:  # noqa: B006
        """Count papers by dimension, level and modality of the maturity model, of accepted tags that state it."""
        found = matrix.answer(self._collection, matrix.MatrixParameters(), self.reader(), filters)
        cells = [one for one in found.cells if one.documents]
        items = [
            {
                "dimension": one.dimension,
                "level": one.level or "not stated",
                "modality": one.modality,
                "papers": one.documents,
                "citation": f"Customs Lens, matrix of {found.model} ({found.provenance})",
                "url": self._link(_cell(one.dimension, one.level, one.modality, filters)),
            }
            for one in cells[offset:]
        ]
        return page(items, total=len(cells), offset=offset, model=found.model, provenance=found.provenance)

    def themes(self, filters: Filters = [], offset: Offset = 0) -> dict[str, Any]:  # noqa: B006
        """Count papers by theme, the most frequent first."""
        found = self._collection.service.themes(filters_of(filters, self.reader().access_classes))
        there = [one for one in found.themes if one.documents]
        items = [
            {
                "theme": one.id,
                "label": one.label,
                "papers": one.documents,
                "of": found.total.documents,
                "citation": "Customs Lens, themes",
                "url": self._link(f"/?theme={one.id}"),
            }
            for one in there[offset:]
        ]
        return page(items, total=len(there), offset=offset)

    def decisions(
        self,
        filters: Filters = [],  # noqa: B006
        state: Annotated[DecisionState | None, declared(DecisionParameters, "state")] = None,
        addressee: Annotated[str | None, declared(DecisionParameters, "addressee")] = None,
        offset: Offset = 0,
    ) -> dict[str, Any]:
        """List what bodies decided, the latest first, with addressee, deadline, and what later papers say of it."""
        asked = DecisionParameters(state=state, addressee=addressee, offset=offset, limit=_MOST)
        found = decisions.answer(self._collection, asked, self.reader(), filters)
        items = [
            item(
                one,
                "text verb actor addressee deadline state date citation",
                url=self._passage(one.document, one.passage),
                later_papers=[
                    item(later, "citation", refers_to=later.of, url=self._passage(later.document, later.passage))
                    for later in one.follow_ups
                ],
            )
            for one in found.decisions
        ]
        return page(items, total=found.total, offset=offset, open=found.open, overdue=found.overdue)

    def profile(
        self,
        member: Annotated[str, declared(ProfileParameters, "member")],
        filters: Filters = [],  # noqa: B006
        offset: Offset = 0,
    ) -> dict[str, Any]:
        """Tell what papers state of an administration or group (achieved, planned, recommended, lacking)."""
        found = profile.answer(self._collection, ProfileParameters(member=member), self.reader(), filters)
        items = [
            item(one, "dimension modality level text date citation", url=self._passage(one.document, one.passage))
            for one in found.statements[offset:]
        ]
        return page(items, total=len(found.statements), offset=offset, code=found.code, name=found.name)

    def verify_quote(
        self, text: Annotated[str, declared(QuotationParameters, "text")], citation: str | None = None
    ) -> dict[str, Any]:
        """Say whether a paper has these words: verified, repaired (elsewhere than cited), differs (how), not_found."""
        found = verify.answer(self._collection, QuotationParameters(text=text, citation=citation), self.reader())
        told = found.model_dump(include={"status", "paper", "text", "difference", "citation"})
        url = self._link(found.url) if found.url else None
        shown: dict[str, Any] = page([told | {"url": url}], total=1, offset=0)["items"][0]
        return shown

    def reader(self) -> Reader:
        """Return who asks, whose key may have been revoked meanwhile.

        Raises `LookupError` outside of a request where answers go over HTTP.
        """
        if self._over_http:
            return _READER.get()
        if not self._key:
            return LOCAL
        key = self._keys.find(self._key)
        reader = key.reader("") if key else None
        if reader is None:
            raise ForbiddenError(f"the access key in {KEY} is unknown or was revoked", "ask for another one")
        return reader

    def _document(self, name: str) -> Document:
        return self._collection.service.show(name, access_classes=self.reader().access_classes).document

    def _hit(self, document: DocumentHeader, passage: PassageHit) -> dict[str, Any]:
        span = answer_span(passage)
        tags = (one for one in passage.maturity if one.status in {"accepted", "suggested"})
        return self._paper(document) | item(
            passage,
            citation=cite(document, passage, span),
            url=self._passage(document.id, passage.id),
            text=passage.text,
            answers=passage.text[slice(*span)] if span else None,
            themes=[one.id for one in passage.themes if one.kind == "about"],
            tags=[item(one, "dimension claim level modality subject status") for one in tags],
        )

    def _paper(self, document: DocumentHeader) -> dict[str, Any]:
        return item(
            document,
            paper=document.symbol.raw if document.symbol else document.id,
            title=document.title,
            body=document.body or document.body_name,
            sessions=list(document.sessions),
            date=document.date,
            document=document.id,
        )

    def _passage(self, document: str, passage: str | None) -> str:
        return self._link(f"/documents/{document}" + (f"?passage={passage}" if passage else ""))

    def _link(self, path: str) -> str:
        return f"{self._portal}{path}"


def create_server(answers: PaperAnswers) -> MCPServer[Any]:
    """Return the server with all tools; what a user could have done otherwise is told to the assistant."""
    server: MCPServer[Any] = MCPServer("customs-lens", title="Customs Lens", instructions=_INSTRUCTIONS)
    every: Sequence[Callable[..., dict[str, Any]]] = (
        answers.search,
        answers.read_paragraph,
        answers.document,
        answers.matrix,
        answers.themes,
        answers.decisions,
        answers.profile,
        answers.verify_quote,
    )
    for tool in every:
        server.add_tool(_answering(tool), structured_output=False)
    return server


def http_app(answers: PaperAnswers) -> ASGIApp:
    """Return the application for streamable HTTP at `/mcp`; whoever serves it sets `reader` in the scope's state.

    Each POST is answered by itself, without a session, so that no stream stays open.
    """
    app = create_server(answers).streamable_http_app(json_response=True, stateless_http=True)

    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            if scope["method"] != "POST":
                refused = PlainTextResponse("send POST\n", HTTPStatus.METHOD_NOT_ALLOWED, {"Allow": "POST"})
                await refused(scope, receive, send)
                return
            _READER.set(scope["state"]["reader"])
        await app(scope, receive, send)

    return call


def _answering(tool: Callable[P, dict[str, Any]]) -> Callable[P, str]:
    """Return a tool that answers in JSON, and says what the user did wrong to the assistant."""

    @wraps(tool)
    def call(*args: P.args, **kwargs: P.kwargs) -> str:
        try:
            return json_text(tool(*args, **kwargs))
        except CustomsLensError as error:
            raise ToolError(str(error)) from error

    call.__annotations__ = {**tool.__annotations__, "return": str}
    return call


def _cell(dimension: str, level: str | None, modality: str, filters: Sequence[str]) -> str:
    parts = [f"dimension={dimension}", f"level={level or 'null'}", f"modality={modality}", *filters]
    return f"/?{'&'.join(parts)}"
