"""Photo search in one call; `client` is what the generated functions of `nozama_client.api` take."""

import pathlib
from typing import Any

from .api.search import search
from .client import AuthenticatedClient, Client
from .models import PhotoSearch, Problem, SearchAnswer, VectorSearch
from .types import File


class NozamaError(Exception):
    """What the server refused: its `code` is stable, its message says what to do."""

    def __init__(self, problem: Problem):
        super().__init__(f"{problem.code}: {problem.detail or problem.title}")
        self.problem = problem
        self.code = problem.code
        self.status = problem.status


class Nozama:
    def __init__(self, address: str, key: str | None = None, **options: Any):
        """`key` is an API key; the options are those of the generated client (timeout, headers, httpx_args …)."""
        options = {"raise_on_unexpected_status": True, **options}
        self.client = AuthenticatedClient(address, token=key, **options) if key else Client(address, **options)

    def search_by_photo(self, photo: str | pathlib.Path | bytes, **fields: Any) -> SearchAnswer:
        """The products that look like a picture file; the fields are those of PhotoSearch."""
        if isinstance(photo, bytes):
            return self._search(PhotoSearch(image=File(payload=photo, file_name="photo"), **fields))
        with open(photo, "rb") as file:
            return self._search(PhotoSearch(image=File(payload=file, file_name="photo"), **fields))

    def search(self, **fields: Any) -> SearchAnswer:
        """By `product_id`, `image_url` or the `query.vector` of an earlier answer; the fields are those of VectorSearch."""
        return self._search(VectorSearch(**fields))

    def _search(self, body: PhotoSearch | VectorSearch) -> SearchAnswer:
        answer = search.sync(client=self.client, body=body)
        if isinstance(answer, SearchAnswer):
            return answer
        raise NozamaError(answer)
