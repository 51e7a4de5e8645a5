"""Requests over HTTP: one client for websites, feeds, listings and Microsoft Graph, its retries, limits and errors.

Nothing here knows what a connector is.
"""
