"""Keeping the portal's processes up side by side: the proxy, the Hub and the dashboard service."""
