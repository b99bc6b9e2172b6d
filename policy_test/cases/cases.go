package cases

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/policy_test/model"
)

//go:embed *.yaml
var files embed.FS

// Now is the time at which every case is decided. All but those that say FixedClock are decided the same at any time
// between 2021 and 2990.
var Now = time.Date(2030, 1, 31, 12, 0, 0, 0, time.UTC)

// Case is one decision.
type Case struct {
	// Name is the sentence of the contract, and File where the case stands.
	Name, File string
	World      *model.World
	Question   model.Question
	// Want has no id, message and revisions.
	Want authz.Decision
	// FixedClock says that the case is about the moment Now itself.
	FixedClock bool
	// Aftermath says that the world has what no call creates, and only a later change leads to: a scope whose last workflow
	// was deleted, a grant on what has moved away.
	Aftermath bool
}

// file is the shape of a file of decision cases: one world, and what is asked in it.
type file struct {
	World world   `json:"world"`
	Cases []entry `json:"cases"`
}

type entry struct {
	Name       string         `json:"name"`
	FixedClock bool           `json:"fixed_clock"`
	Aftermath  bool           `json:"aftermath"`
	Also       world          `json:"also"`
	Ask        ask            `json:"ask"`
	Decision   authz.Decision `json:"decision"`
}

// ask names the key by its id, or is without one. Instead of it presented may be "malformed".
type ask struct {
	Key       string `json:"key"`
	Presented string `json:"presented"`
	Action    string `json:"action"`
	Resource  struct {
		Type       string          `json:"type"`
		ID         string          `json:"id"`
		Properties json.RawMessage `json:"properties"`
	} `json:"resource"`
	ClientIP string `json:"client_ip"`
}

// Cases are the decision cases, in the order of their files.
func Cases() ([]Case, error) {
	var all []Case
	err := eachFile("decisions_*.yaml", func(name string, text []byte) error {
		var f file
		if err := decode(text, &f); err != nil {
			return err
		}
		for _, e := range f.Cases {
			c, err := e.read(f.World)
			if err != nil {
				return fmt.Errorf("%q: %w", e.Name, err)
			}
			c.File = name
			all = append(all, c)
		}
		return nil
	})
	return all, err
}

func (e entry) read(base world) (Case, error) {
	w := model.NewWorld()
	if err := base.addTo(w); err != nil {
		return Case{}, err
	}
	if err := e.Also.addTo(w); err != nil {
		return Case{}, err
	}
	q := model.Question{KeyID: e.Ask.Key, Request: authz.Request{
		Action: e.Ask.Action,
		Resource: authz.Entity{
			Type: e.Ask.Resource.Type, ID: e.Ask.Resource.ID, Properties: authz.Object(e.Ask.Resource.Properties),
		},
		Context: authz.Context{ClientIP: e.Ask.ClientIP},
	}}
	if e.Ask.Presented == "malformed" {
		q.KeyID = model.MalformedKey
	}
	return Case{Name: e.Name, World: w, Question: q, Want: e.Decision, FixedClock: e.FixedClock, Aftermath: e.Aftermath}, nil
}

// ManagementCase is one answer of the rules about who may change what.
type ManagementCase struct {
	Name, File string
	// Input is the facts that the rules decide on.
	Input map[string]any
	Allow bool
}

// ManagementCases are the cases about who may change what.
func ManagementCases() ([]ManagementCase, error) {
	var all []ManagementCase
	err := eachFile("management_*.yaml", func(name string, text []byte) error {
		var f struct {
			Cases []struct {
				Name       string         `json:"name"`
				Operations []string       `json:"operations"`
				Actor      map[string]any `json:"actor"`
				Owner      map[string]any `json:"owner"`
				Allow      bool           `json:"allow"`
			} `json:"cases"`
		}
		if err := decode(text, &f); err != nil {
			return err
		}
		for _, c := range f.Cases {
			for _, operation := range c.Operations {
				all = append(all, ManagementCase{
					Name: c.Name + ": " + operation, File: name, Allow: c.Allow,
					Input: map[string]any{"operation": operation, "actor": c.Actor, "owner": c.Owner},
				})
			}
		}
		return nil
	})
	return all, err
}

func eachFile(pattern string, read func(name string, text []byte) error) error {
	names, err := fs.Glob(files, pattern)
	if err != nil {
		return err
	}
	for _, name := range names {
		text, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		if err := read(name, text); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// decode reads YAML, in which an unknown field or a name given twice is an error.
func decode(text []byte, value any) error {
	document, err := yaml.YAMLToJSONStrict(text)
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.DisallowUnknownFields()
	return decoder.Decode(value)
}
