package steelgate.authz

# The installation's own rules take away, and never add. A `deny` of another shape than a set of objects denies too, or
# leaves the decision undefined.

# METADATA
# title: Denied by the installation
# description: Whether `data.steelgate.site.deny` denies what the table allowed.
is_denied_by_site if data.steelgate.site.deny != set()

# METADATA
# title: The installation's denial
# description: Of several the first by code.
site_denial := _first_denial(data.steelgate.site.deny)

# A function, for OPA takes its argument for anything: whatever an installation writes, these files still compile.
_first_denial(denials) := {"allow": false, "code": code, "message": message} if {
	code := min({denial.code | some denial in denials})
	message := min({text |
		some denial in denials
		denial.code == code
		text := object.get(denial, "message", "The installation's own rules deny this.")
	})
}
