"""The portal: pages and an HTTP API over the search service."""
