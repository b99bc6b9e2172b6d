package management

import (
	"errors"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
	"github.com/steelengine/steelgate/strictjson"
)

// The ranks in which an import's lines are applied: what others refer to comes first.
const (
	userRank = iota + 1
	organizationRank
	workspaceRank
	memberRank
	resourceRank
	// An MCP server refers to workflows.
	mcpServerRank
	keyRank
)

// keyLine is a key's line, without the secret.
type keyLine struct {
	ID strictjson.Optional[string] `json:"id"`
	KeyFields
	CreatedBy  strictjson.Optional[string]    `json:"created_by"`
	CreatedAt  strictjson.Optional[time.Time] `json:"created_at"`
	LastUsedAt strictjson.Optional[time.Time] `json:"last_used_at"`
	RevokedAt  strictjson.Optional[time.Time] `json:"revoked_at"`
	RevokedBy  strictjson.Optional[string]    `json:"revoked_by"`
}

// stagedKey is a key's line as it waits: what stands in the secret's stead is beside it.
type stagedKey struct {
	// Line is a keyLine.
	Line jsontext.Value
	// Sealed is the secret, under a version of the keyring; empty where the line had none. Such a key gets a secret that nobody
	// knows, and works once rotated.
	Sealed  []byte
	Version uint32
	// Importer is who imports.
	Importer string
}

// readLine reads a line as far as that goes without the world, and makes of it what is staged. A secret is sealed under the
// version.
func (s *Service) readLine(a Actor, number int, text []byte, version *apikey.Version) (storage.StagedLine, error) {
	var head struct {
		Kind storage.Kind   `json:"kind"`
		Rest jsontext.Value `json:",embed"`
	}
	if err := strictjson.DecodeBytes(text, &head); err != nil {
		return storage.StagedLine{}, lineError(err)
	}
	read, ok := lineReaders[head.Kind]
	if !ok {
		return storage.StagedLine{}, invalidField("kind", "want user, organization, organization_member, workspace, workspace_member, resource or key")
	}
	line := storage.StagedLine{Kind: head.Kind, Entity: orEmpty(head.Rest)}
	line.Line = number
	if err := read(s, a, &line, version); err != nil {
		return storage.StagedLine{}, lineError(err)
	}
	return line, nil
}

// orEmpty is the object that is left of a line once its only name is taken off.
func orEmpty(rest jsontext.Value) jsontext.Value {
	if len(rest) == 0 {
		return jsontext.Value("{}")
	}
	return rest
}

// lineError turns what the decoder says into a refusal of the line.
func lineError(err error) error {
	malformed, ok := errors.AsType[*strictjson.Error](err)
	if !ok {
		return err
	}
	refused := &Error{Reason: Invalid, Code: "invalid_field", Detail: malformed.Detail}
	for _, f := range malformed.Fields {
		refused.Fields = append(refused.Fields, Field{Name: f.Field, Message: f.Message})
	}
	return refused
}

// lineReaders read the entity of a line by its kind: they name the record, and check each field by itself.
var lineReaders = map[storage.Kind]func(*Service, Actor, *storage.StagedLine, *apikey.Version) error{
	storage.UserKind: func(_ *Service, a Actor, l *storage.StagedLine, _ *apikey.Version) error {
		var c UserChange
		if err := strictjson.DecodeBytes(l.Entity, &c); err != nil {
			return err
		}
		l.Rank, l.A = userRank, c.ID.Value
		if c.PlatformRole.Set && !a.isPlatform() {
			return refuse(Forbidden, "forbidden", "Only the platform sets a platform_role: import with a service token of scope admin.")
		}
		_, err := c.apply(authz.User{ID: l.A}, a)
		return merged(required("id", c.ID), err)
	},
	storage.OrganizationKind: func(_ *Service, _ Actor, l *storage.StagedLine, _ *apikey.Version) error {
		var c OrganizationChange
		if err := strictjson.DecodeBytes(l.Entity, &c); err != nil {
			return err
		}
		l.Rank, l.A = organizationRank, c.ID.Value
		_, err := c.apply(authz.Organization{ID: l.A})
		return merged(required("id", c.ID), err)
	},
	storage.WorkspaceKind: func(_ *Service, _ Actor, l *storage.StagedLine, _ *apikey.Version) error {
		var c WorkspaceChange
		if err := strictjson.DecodeBytes(l.Entity, &c); err != nil {
			return err
		}
		l.Rank, l.A = workspaceRank, c.ID.Value
		// Whether an owner is required is known once it is known whether the workspace stands.
		_, err := c.apply(authz.Workspace{ID: l.A, OwnerID: "unknown"})
		return merged(required("id", c.ID), err)
	},
	storage.OrganizationMemberKind: func(_ *Service, _ Actor, l *storage.StagedLine, _ *apikey.Version) error {
		var c MemberChange
		if err := strictjson.DecodeBytes(l.Entity, &c); err != nil {
			return err
		}
		l.Rank, l.A, l.B = memberRank, c.OrganizationID.Value, c.UserID.Value
		// Whether a role is required is known once it is known whether the membership stands.
		_, err := c.role(string(authz.OrganizationMemberRole), organizationRoleFault)
		return merged(required("organization_id", c.OrganizationID), required("user_id", c.UserID), absent("workspace_id", c.WorkspaceID), err)
	},
	storage.WorkspaceMemberKind: func(_ *Service, _ Actor, l *storage.StagedLine, _ *apikey.Version) error {
		var c MemberChange
		if err := strictjson.DecodeBytes(l.Entity, &c); err != nil {
			return err
		}
		l.Rank, l.A, l.B = memberRank, c.WorkspaceID.Value, c.UserID.Value
		_, err := c.role(authz.Read.String(), workspaceRoleFault)
		return merged(required("workspace_id", c.WorkspaceID), required("user_id", c.UserID), absent("organization_id", c.OrganizationID), err)
	},
	storage.ResourceKind: func(_ *Service, _ Actor, l *storage.StagedLine, _ *apikey.Version) error {
		var c ResourceChange
		if err := strictjson.DecodeBytes(l.Entity, &c); err != nil {
			return err
		}
		l.Rank, l.A, l.B = resourceRank, c.Type.Value, c.ID.Value
		if l.A == authz.MCPServerType {
			l.Rank = mcpServerRank
		}
		_, err := c.apply(authz.Resource{Type: l.A, ID: l.B})
		return merged(checkResourceName(l.A, l.B), err)
	},
	storage.KeyKind: (*Service).readKeyLine,
}

// readKeyLine seals the secret before anything is written down.
func (s *Service) readKeyLine(a Actor, l *storage.StagedLine, version *apikey.Version) error {
	if !a.isPlatform() {
		return refuse(Forbidden, "forbidden", "Only the platform imports keys: import with a service token of scope admin.")
	}
	var given struct {
		Secret strictjson.Optional[string] `json:"secret"`
		Rest   jsontext.Value              `json:",embed"`
	}
	if err := strictjson.DecodeBytes(l.Entity, &given); err != nil {
		return err
	}
	var line keyLine
	given.Rest = orEmpty(given.Rest)
	if err := strictjson.DecodeBytes(given.Rest, &line); err != nil {
		return err
	}
	l.Rank, l.A = keyRank, line.ID.Value
	// Whether a name and grants are required is known once it is known whether the key stands; so is what a line without a
	// type may say.
	key := authz.APIKey{ID: l.A, Name: "unknown", Grants: []authz.Grant{}}
	err := required("id", line.ID)
	if line.Type.Set {
		if err = merged(err, line.identify(&key, "")); err == nil {
			err = line.describe(&key)
		}
	}
	var secret apikey.Secret
	if given.Secret.Set && !given.Secret.Null {
		var malformed error
		if secret, malformed = apikey.Parse(given.Secret.Value); malformed != nil {
			err = merged(err, invalidField("secret", "%s", malformed.Error()))
		}
	}
	if err != nil {
		return err
	}
	return stageKey(a, l, secret, given.Rest, version)
}

// stagedOwner is the owner type that the secret of an import's line is sealed to, with the line's id.
const stagedOwner = "import_line"

// stageKey puts a sealed text where the secret stood, if there was one.
func stageKey(a Actor, l *storage.StagedLine, secret apikey.Secret, line jsontext.Value, version *apikey.Version) (err error) {
	staged := stagedKey{Line: line, Importer: a.name()}
	if !secret.IsZero() {
		staged.Version = version.Number()
		if staged.Sealed, err = version.Seal(secret, l.A, stagedOwner, ""); err != nil {
			return err
		}
	}
	l.Entity, err = json.Marshal(staged)
	return err
}

// secret opens what is sealed; it is zero where the line had none.
func (staged stagedKey) secret(versions *apikey.Versions, id string) (apikey.Secret, error) {
	if len(staged.Sealed) == 0 {
		return apikey.Secret{}, nil
	}
	return versions.Open(staged.Version, staged.Sealed, id, stagedOwner, "")
}

func required(name string, given strictjson.Optional[string]) error {
	if !authz.ValidID(given.Value) {
		return invalidField(name, "is required: %s", wantID)
	}
	return nil
}

func absent(name string, given strictjson.Optional[string]) error {
	if given.Set {
		return invalidField(name, "is not a field of this kind")
	}
	return nil
}
