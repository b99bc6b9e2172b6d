# The installation's own rules. Empty as shipped. Three rules are asked for here:
#
# - `deny contains {"code": …, "message": …} if …` takes away from any API key's decision what the table allowed;
# - `decision := {"allow": …, "code": …} if …` decides for subjects that are not API keys;
# - `actions contains "name"` names actions beside the shipped ones for those subjects.
package steelgate.site
