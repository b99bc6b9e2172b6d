package steelgate.authz

# What a personal key does is billed to its user; what another key does, to the owner of the workspace reached.

_payer(key, _) := key.user_id if key.type == "personal"

_payer(key, workspace) := workspace.owner_id if key.type != "personal"
