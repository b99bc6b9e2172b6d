package policycheck

import (
	"errors"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
)

// operationsTable says who may manage what.
const operationsTable = "data.steelgate.management.operations"

// checkManagement asks the rule of management of each kind of actor: what it answers must be a boolean, if anything. It warns where
// nobody could edit the policy any more.
func checkManagement(policy *engine.Policy, compiler *ast.Compiler) engine.Diagnostics {
	e := engine.New(engine.Options{TimeLimit: slowDecision})
	e.UsePolicy(policy)
	for _, owner := range []object{
		{"type": "user", "id": "ada"}, {"type": "workspace", "id": "ws"}, {"type": "workspace", "id": "ws", "role": "admin"},
		{"type": "organization", "id": "org", "role": "member"}, {"type": "platform", "id": ""},
	} {
		for _, operation := range []string{"keys.create", "keys.read", "policies.read", "policies.write", "no.such_operation"} {
			for _, actor := range []object{{"id": "ada"}, {"id": "ben", "platform_role": "admin"}} {
				_, err := e.Permits(object{"operation": operation, "actor": actor, "owner": owner})
				if err != nil {
					path, row, col := at("", managementPlace(compiler, err))
					return engine.Diagnostics{fault(path, row, col, "management",
						"%s fails for the operation %s on a %s: %s", engine.ManagementRule, operation, owner["type"], reason(err))}
				}
			}
		}
	}
	return checkLockout(e, compiler)
}

// managementPlace is where a rule failed, or else where the rule of management stands first.
func managementPlace(compiler *ast.Compiler, err error) *ast.Location {
	if failed, ok := errors.AsType[*topdown.Error](err); ok && failed.Location != nil && failed.Location.File != "" {
		return failed.Location
	}
	return firstPlace(compiler, engine.ManagementRule)
}

// checkLockout warns of a draft that would leave nobody but the platform able to read and to publish policies. It may be meant, so that
// it refuses nothing.
func checkLockout(e *engine.Engine, compiler *ast.Compiler) engine.Diagnostics {
	for _, role := range []authz.PlatformRole{authz.PolicyAdmin, authz.PlatformAdmin} {
		may := true
		for _, operation := range []string{"policies.read", "policies.write"} {
			permitted, err := e.Permits(object{
				"operation": operation, "actor": object{"id": "ada", "platform_role": string(role)}, "owner": object{"type": "platform", "id": ""},
			})
			may = may && err == nil && permitted
		}
		if may {
			return nil
		}
	}
	place := firstPlace(compiler, operationsTable)
	if place == nil {
		place = firstPlace(compiler, engine.ManagementRule)
	}
	path, row, col := at("", place)
	return engine.Diagnostics{{
		Path: path, Row: row, Col: col, Severity: "warning", Code: "lockout",
		Message: "no user may read and publish policies any more, whatever their platform role: once this is in force, only the platform itself (a service token of scope admin, or the command on the database) can undo it",
	}}
}
