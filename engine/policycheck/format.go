package policycheck

import (
	"fmt"
	"maps"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/format"

	"github.com/steelengine/steelgate/engine"
)

// Formatted are a draft's files as opa fmt writes them, and why some are as they were.
type Formatted struct {
	Files       map[string]string  `json:"files"`
	Diagnostics engine.Diagnostics `json:"diagnostics"`
}

// Unformatted are files that are as they were, for these reasons.
func Unformatted(files map[string]string, found ...engine.Diagnostic) Formatted {
	return Formatted{Files: maps.Clone(files), Diagnostics: append(engine.Diagnostics{}, found...)}
}

// Format writes each file as opa fmt does. One that does not parse is as it was. Nothing is compiled: whether the files go together
// is not looked at. Hostile files may take all of the time and memory that there is, as Check says.
func Format(files map[string]string) Formatted {
	made := Unformatted(files, CheckBounds(files)...)
	if len(made.Diagnostics) > 0 {
		return made
	}
	for _, path := range slices.Sorted(maps.Keys(files)) {
		if _, err := ast.ParseModuleWithOpts(path, files[path], engine.ParserOptions()); err != nil {
			made.Diagnostics = append(made.Diagnostics, engine.Diagnose(path, err)...)
			continue
		}
		text, err := formatted(path, files[path])
		if err != nil {
			made.Diagnostics = append(made.Diagnostics, engine.Diagnose(path, err)...)
			continue
		}
		made.Files[path] = text
	}
	made.Diagnostics = bounded(made.Diagnostics)
	return made
}

// formatted is a file as opa fmt writes it. No file may end the process.
func formatted(path, source string) (text string, err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("formatting the file panicked: %v", panicked)
		}
	}()
	made, err := format.SourceWithOpts(path, []byte(source), format.Opts{RegoVersion: ast.RegoV1})
	return string(made), err
}
