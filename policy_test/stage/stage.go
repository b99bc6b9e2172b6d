// Package stage puts a world before the engine: it mints the secrets of its keys, loads it as a snapshot, and asks.
//
// It holds the engine to nothing. What a decision must be is the cases' and the model's to say.
package stage

import (
	"time"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/snapshot"
	"github.com/steelengine/steelgate/policy_test/model"
)

// Stage is an engine whose clock stands still. It serves one goroutine.
type Stage struct {
	engine   *engine.Engine
	keyring  *apikey.Keyring
	now      time.Time
	revision uint64
	// secrets are by the key's id, and outlive the world: minting one costs more than a decision.
	secrets map[string]secret
	view    *engine.View
}

type secret struct {
	credential engine.Credential
	digest     apikey.Digest
}

// New makes a stage for a policy.
func New(files map[string]string, now time.Time) (*Stage, error) {
	keyring, err := apikey.NewKeyring()
	if err != nil {
		return nil, err
	}
	policy, err := engine.Compile(files, 1)
	if err != nil {
		return nil, err
	}
	s := &Stage{keyring: keyring, now: now, secrets: map[string]secret{}}
	// The limit is generous, for a machine that runs other tests beside.
	s.engine = engine.New(engine.Options{Keyring: keyring, Clock: func() time.Time { return s.now }, TimeLimit: 10 * time.Second})
	s.engine.UsePolicy(policy)
	return s, nil
}

// Engine is the one on stage.
func (s *Stage) Engine() *engine.Engine { return s.engine }

// Load puts a world in the place of the one before, loaded whole as a process that starts does it.
func (s *Stage) Load(w *model.World) error {
	load := snapshot.NewLoad()
	s.put(w, load)
	s.revision++
	return s.show(load.Commit(s.revision))
}

// Build does what Load does, made record by record as the feed does it. For a small world it is much cheaper.
func (s *Stage) Build(w *model.World) error {
	edit := snapshot.Empty().Edit()
	s.put(w, edit)
	s.revision++
	return s.show(edit.Commit(s.revision))
}

// records is what snapshot.Load and snapshot.Edit have in common.
type records interface {
	PutUser(authz.User)
	PutOrganization(authz.Organization)
	PutOrganizationMember(authz.OrganizationMember)
	PutWorkspace(authz.Workspace)
	PutWorkspaceMember(authz.WorkspaceMember)
	PutResource(authz.Resource)
	PutKey(authz.APIKey, apikey.Digest)
}

func (s *Stage) put(w *model.World, into records) {
	for _, u := range w.Users {
		into.PutUser(u)
	}
	for _, o := range w.Organizations {
		into.PutOrganization(o)
	}
	for seat, role := range w.OrganizationMembers {
		into.PutOrganizationMember(authz.OrganizationMember{OrganizationID: seat.In, UserID: seat.UserID, Role: role})
	}
	for _, ws := range w.Workspaces {
		into.PutWorkspace(ws)
	}
	for seat, role := range w.WorkspaceMembers {
		into.PutWorkspaceMember(authz.WorkspaceMember{WorkspaceID: seat.In, UserID: seat.UserID, Role: role})
	}
	for _, r := range w.Resources {
		into.PutResource(r)
	}
	for id, k := range w.Keys {
		into.PutKey(k, s.secret(id).digest)
	}
}

func (s *Stage) show(world *snapshot.Snapshot) (err error) {
	s.engine.UseSnapshot(world, s.now)
	s.view, err = s.engine.View()
	return err
}

func (s *Stage) secret(keyID string) secret {
	known, ok := s.secrets[keyID]
	if !ok {
		minted := apikey.Mint()
		digest, _ := s.keyring.Digest(minted)
		known = secret{engine.Present(minted.Reveal()), digest}
		s.secrets[keyID] = known
	}
	return known
}

// Decide asks the engine the question about the world that was loaded last.
func (s *Stage) Decide(q model.Question) (authz.Decision, error) {
	switch q.KeyID {
	case "":
		return s.view.Decide(engine.Present(""), q.Request)
	case model.MalformedKey:
		return s.view.Decide(engine.Present("sk-other-0123456789abcdef"), q.Request)
	}
	return s.view.Decide(s.secret(q.KeyID).credential, q.Request)
}
