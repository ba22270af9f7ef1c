"""Nozama's API: `Nozama` for searches, `nozama_client.api` for everything else; both use the types of `nozama_client.models`."""

from .client import AuthenticatedClient, Client
from .shop import Nozama, NozamaError

__all__ = ("AuthenticatedClient", "Client", "Nozama", "NozamaError")
