# METADATA
# title: Who may change what?
# description: |
#   Whether a signed-in user may do a management operation. `operations` is the table to read and to edit. The facts stand
#   in `input` alone, read in the very transaction that they authorize:
#
#   - `input.operation`, such as `keys.create`
#   - `input.actor`: `id`, and `platform_role` where the user has one
#   - `input.owner`, whose things are managed: `type` (user, workspace, organization or platform), `id`, and the actor's
#     `role` there where they have one; a workspace's owner has the role admin
#
#   The platform itself never asks, so that no edit can lock it out; and no edit lets a user manage an owner whom they do
#   not administer.
package steelgate.management

# METADATA
# title: Allowed
# description: Whether the actor has the standing that the operation requires. An operation that is not in the table is nobody's.
# entrypoint: true
default allow := false

allow if operations[input.owner.type][input.operation] in standing
