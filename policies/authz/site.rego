package steelgate.authz

# The installation's own rules take away, and never add.

# METADATA
# title: Denied by the installation
# description: Whether `data.steelgate.site.deny` denies what the table allowed.
is_denied_by_site if count(data.steelgate.site.deny) > 0

# METADATA
# title: The installation's denial
# description: Of several the first by code.
site_denial := min(data.steelgate.site.deny)
