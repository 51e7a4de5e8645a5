"""The portal: pages and an HTTP API over one search service.

A request passes the gate (host, origin, size, rate, who asks) and then a route. Each route asks for its reader and
hands the access classes of that reader on. Pages are whole pages from templates, in English and French, without inline
scripts. Nothing here reads an index itself.
"""
