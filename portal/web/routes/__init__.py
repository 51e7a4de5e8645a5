"""What the portal answers, one module for each kind of page, and the HTTP API."""
