"""The state of this Azure: tenant, apps, keys, ports."""
