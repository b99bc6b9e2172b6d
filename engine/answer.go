package engine

import (
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/steelengine/steelgate/authz"
)

// answer is what a policy decided, once its shape is known to be right.
type answer struct {
	allow      bool
	code       authz.Code
	message    string
	permission *authz.PermissionCheck
	grantedBy  *authz.Grant
	billedTo   *authz.Owner
}

// read takes the value of the entrypoint: an object with allow (true exactly where the code is allowed), code (not one
// that only authentication gives), and where they apply message, permission, granted_by and billed_to. Any other shape is
// an error, and never an allow.
func (a *answer) read(term *ast.Term) error {
	decision := objectReader{what: "the decision"}
	decision.open(term)
	a.allow = decision.boolean("allow")
	a.code = authz.Code(decision.text("code"))
	a.message = decision.optionalText("message")
	if permission, ok := decision.object("permission"); ok {
		a.permission = &authz.PermissionCheck{
			Required: permission.permission("required"),
			Granted:  permission.permission("granted"),
		}
		decision.adopt(permission)
	}
	if grant, ok := decision.object("granted_by"); ok {
		a.grantedBy = &authz.Grant{
			WorkspaceID: grant.optionalText("workspace_id"),
			WorkflowID:  grant.optionalText("workflow_id"),
			Permission:  grant.permission("permission"),
		}
		decision.adopt(grant)
	}
	if payer, ok := decision.object("billed_to"); ok && a.allow {
		a.billedTo = &authz.Owner{Type: authz.OwnerType(payer.text("type")), ID: payer.text("id")}
		decision.adopt(payer)
	}
	if decision.err != nil {
		return decision.err
	}
	return a.check()
}

// maxCode is how long a code may be: it names a reason, and is kept with every decision.
const maxCode = 64

// check holds what a policy may not say, whatever its shape.
func (a *answer) check() error {
	switch {
	case a.code == "":
		return fmt.Errorf("the decision's code is empty")
	case a.code.Unauthenticated(), a.code == authz.PolicyError, a.code == authz.Stale:
		return fmt.Errorf("the decision's code %q is not a policy's to give", a.code)
	case a.allow != (a.code == authz.Allowed):
		return fmt.Errorf("the decision's allow is %t with the code %q", a.allow, a.code)
	case a.grantedBy != nil && (a.grantedBy.WorkspaceID == "") == (a.grantedBy.WorkflowID == ""):
		return fmt.Errorf("the decision's granted_by names not exactly one of workspace_id and workflow_id")
	case len(a.code) > maxCode:
		return fmt.Errorf("the decision's code is longer than %d characters", maxCode)
	case a.grantedBy != nil && !authz.ValidID(a.grantedBy.WorkspaceID+a.grantedBy.WorkflowID):
		return fmt.Errorf("the decision's granted_by is no id")
	case a.billedTo != nil && (!authz.ValidID(a.billedTo.ID) || !authz.ValidID(string(a.billedTo.Type))):
		return fmt.Errorf("the decision's billed_to is no id")
	}
	return nil
}

// objectReader reads the fields of one object, and keeps the first fault that it meets.
type objectReader struct {
	what   string
	fields ast.Object
	err    error
}

func (r *objectReader) open(term *ast.Term) {
	if term == nil {
		r.err = errUndefined
		return
	}
	fields, ok := term.Value.(ast.Object)
	if !ok {
		r.err = fmt.Errorf("%s is of type %s, not an object", r.what, ast.ValueName(term.Value))
		return
	}
	r.fields = fields
}

// adopt takes over the fault of a reader of a part.
func (r *objectReader) adopt(part objectReader) {
	if r.err == nil {
		r.err = part.err
	}
}

func (r *objectReader) get(name string) *ast.Term {
	if r.err != nil {
		return nil
	}
	return r.fields.Get(answerTerms[name])
}

// answerTerms are the names of the fields that are read, made once.
var answerTerms = func() map[string]*ast.Term {
	terms := map[string]*ast.Term{}
	for _, name := range []string{
		"allow", "code", "message", "permission", "granted_by", "billed_to", "required", "granted", "workspace_id", "workflow_id", "type", "id",
	} {
		terms[name] = ast.StringTerm(name)
	}
	return terms
}()

func (r *objectReader) fault(name, message string) {
	if r.err == nil {
		r.err = fmt.Errorf("%s's %s %s", r.what, name, message)
	}
}

func (r *objectReader) boolean(name string) bool {
	term := r.get(name)
	if term == nil {
		r.fault(name, "is missing")
		return false
	}
	value, ok := term.Value.(ast.Boolean)
	if !ok {
		r.fault(name, "is not a boolean")
	}
	return bool(value)
}

func (r *objectReader) text(name string) string {
	if r.get(name) == nil {
		r.fault(name, "is missing")
		return ""
	}
	return r.optionalText(name)
}

func (r *objectReader) optionalText(name string) string {
	term := r.get(name)
	if term == nil {
		return ""
	}
	value, ok := term.Value.(ast.String)
	if !ok {
		r.fault(name, "is not a string")
	}
	return string(value)
}

func (r *objectReader) permission(name string) authz.Permission {
	text := r.text(name)
	p, err := authz.ParsePermission(text)
	if err != nil {
		r.fault(name, "is not a permission")
	}
	return p
}

// object opens a field that may be absent.
func (r *objectReader) object(name string) (objectReader, bool) {
	term := r.get(name)
	if term == nil {
		return objectReader{}, false
	}
	part := objectReader{what: r.what + "'s " + name}
	part.open(term)
	return part, true
}
